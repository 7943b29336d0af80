export interface ParamName {
  /** From 0; null outside the layers, as for `lm_head.weight`. */
  readonly layer: number | null;
  /** Last part of the module's path, such as q_proj, input_layernorm, embed_tokens. */
  readonly module: string;
  readonly param: 'weight' | 'bias';
}

// A text model inside a multimodal one: model.language_model. or language_model.model. before what others have.
const PREFIX = String.raw`^(?:model\.|model\.language_model\.|language_model\.model\.)`;
const IN_LAYER = new RegExp(PREFIX + String.raw`layers\.(0|[1-9]\d{0,5})\.(?:\w+\.)*?(\w+)\.(weight|bias)$`);
const OUTSIDE = new RegExp(PREFIX + String.raw`?(?:language_model\.)?(\w+)\.(weight|bias)$`);

/** `model.layers.12.self_attn.q_proj.weight` -> layer 12, q_proj, weight; null where the name is not of this form. */
export function parseParamName(name: string): ParamName | null {
  const inLayer = IN_LAYER.exec(name);
  const [, module, param] = inLayer?.slice(1) ?? OUTSIDE.exec(name) ?? [];
  if (module === undefined || (param !== 'weight' && param !== 'bias')) return null;
  return { layer: inLayer ? Number(inLayer[1]) : null, module, param };
}
