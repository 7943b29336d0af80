import { layerParam, type DecoderSpec } from './decoderSpec';

export interface ParameterShape {
  /** Full Hugging Face name. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** Every parameter that the spec needs, each once, in the order of the forward pass. */
export function* parameterShapes(spec: DecoderSpec): Generator<ParameterShape> {
  yield { name: spec.embedding, shape: [spec.vocabSize, spec.hiddenSize] };
  for (let layer = 0; layer < spec.layers; layer++) yield* layerParameterShapes(spec, layer);
  yield { name: spec.finalNorm, shape: [spec.hiddenSize] };
  if (spec.head !== spec.embedding) yield { name: spec.head, shape: [spec.vocabSize, spec.hiddenSize] };
}

/** Numbers in all of them: a tied head counts once. */
export function parameterCount(spec: DecoderSpec): number {
  let count = 0;
  for (const { shape } of parameterShapes(spec)) count += shape.reduce((product, size) => product * size, 1);
  return count;
}

export function* layerParameterShapes(spec: DecoderSpec, layer: number): Generator<ParameterShape> {
  for (const { param, size } of spec.norms) yield { name: layerParam(spec, layer, param), shape: [size] };
  for (const { inFeatures, members } of spec.groups) {
    for (const { param, rows, bias } of members) {
      yield { name: layerParam(spec, layer, param), shape: [rows, inFeatures] };
      if (bias !== undefined) yield { name: layerParam(spec, layer, bias), shape: [rows] };
    }
  }
}
