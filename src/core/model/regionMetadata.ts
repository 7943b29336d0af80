import { layerParam, type DecoderSpec, type LinearPart } from './decoderSpec';

/** One scored weight matrix as it is stored. */
export interface ScoredMatrix {
  readonly layer: number;
  /** Full Hugging Face parameter name. */
  readonly name: string;
  /** (rows, columns) */
  readonly shape: readonly [rows: number, columns: number];
  /** Canonical modules of a fused matrix, in the order of its rows. */
  readonly parts: readonly LinearPart[] | undefined;
}

/** The seven projections of every layer, in the order of the forward pass. */
export function scoredMatrices(spec: DecoderSpec): ScoredMatrix[] {
  const layers = Array.from({ length: spec.layers }, (_, layer) => layer);
  return layers.flatMap((layer) =>
    spec.groups.flatMap(({ members, inFeatures }) =>
      members.map(({ param, rows, parts }) => ({
        layer,
        name: layerParam(spec, layer, param),
        shape: [rows, inFeatures] as const,
        parts,
      })),
    ),
  );
}

/**
 * What every region file says of its model in `__metadata__`, so that overlap and export need no model: JSON texts.
 *
 * - `shapes`: {parameter name: [rows, columns]} of the scored matrices. In a file of weights these are its tensors, in
 *   one of neurons or layers what the region expands to. (A `lora` file has the shapes of its own tensors instead.)
 * - `parts`, only where matrices are fused: {parameter name: [{module, rows}]}, in the order of the rows.
 * - `heads`: {heads, kvHeads, headDim}.
 */
export function regionMetadata(spec: DecoderSpec): Record<string, string> {
  const matrices = scoredMatrices(spec);
  const { heads, kvHeads, headDim } = spec;
  const fused = matrices.flatMap(({ name, parts }) => (parts ? [[name, parts] as const] : []));
  return {
    shapes: JSON.stringify(Object.fromEntries(matrices.map(({ name, shape }) => [name, shape]))),
    ...(fused.length === 0 ? {} : { parts: JSON.stringify(Object.fromEntries(fused)) }),
    heads: JSON.stringify({ heads, kvHeads, headDim }),
  };
}
