import { parseParamName } from './paramNames';

/** Where the units of one tensor of a region belong. */
export interface UnitPlace {
  /** From 0; null outside the layers. */
  readonly layer: number | null;
  /** q_proj and the like; of neurons their type: q, k, v, o, ffn. */
  readonly module: string;
  /** LoRA only: which of the two factors; they are a group of their own beside the module. */
  readonly factor?: 'lora_A' | 'lora_B';
}

export const NEURON_TYPES = ['q', 'k', 'v', 'o', 'ffn'] as const;
export type NeuronType = (typeof NEURON_TYPES)[number];

const NEURONS = new RegExp(String.raw`^model\.layers\.(0|[1-9]\d{0,5})\.(${NEURON_TYPES.join('|')})$`);
// PEFT writes `...q_proj.lora_A.weight`, and in memory it is `...q_proj.lora_A.default.weight`.
const ADAPTER = /\.layers\.(0|[1-9]\d{0,5})\.(?:\w+\.)*?(\w+)\.(lora_[AB])(?:\.\w+)?\.weight$/;

/** Of a parameter, of a tensor of neurons, or of an adapter's factor; null where the name is none of these. */
export function parseUnitName(name: string): UnitPlace | null {
  const [, neuronLayer, type] = NEURONS.exec(name) ?? [];
  if (neuronLayer !== undefined && type !== undefined) return { layer: Number(neuronLayer), module: type };
  const [, layer, module, factor] = ADAPTER.exec(name) ?? [];
  if (layer !== undefined && module !== undefined && (factor === 'lora_A' || factor === 'lora_B')) {
    return { layer: Number(layer), module, factor };
  }
  const parameter = parseParamName(name);
  return parameter && { layer: parameter.layer, module: parameter.module };
}

/** @throws never: null where `name` is no tensor of neurons */
export function parseNeuronName(name: string): { readonly layer: number; readonly type: NeuronType } | null {
  const [, layer, module] = NEURONS.exec(name) ?? [];
  const type = NEURON_TYPES.find((known) => known === module);
  return layer === undefined || !type ? null : { layer: Number(layer), type };
}
