import type { DecoderSpec } from '../model/decoderSpec';
import { NEURON_TYPES, type NeuronType } from '../model/unitNames';
import type { MethodInfo } from './method';

/**
 * SafeNeuron (read as Zhao et al., ICLR 2025): neurons whose removal changes a prompt's representation most, kept by
 * all prompts (or a share of them). A neuron is a row of q, k or v_proj, a column of o_proj, or row k of gate and
 * up_proj with column k of down_proj (ffn, one neuron).
 */
export const safeNeuron: MethodInfo = {
  id: 'safeNeuron',
  title: 'SafeNeuron',
  payload: 'neurons',
  unit: 'neuron',
};

export { NEURON_TYPES, type NeuronType };
export type NeuronMode = 'paper' | 'code';

type Sizes = Pick<DecoderSpec, 'heads' | 'kvHeads' | 'headDim' | 'intermediateSize'>;

/** Neurons of a type in one layer. */
export function neuronCount({ heads, kvHeads, headDim, intermediateSize }: Sizes, type: NeuronType): number {
  if (type === 'ffn') return intermediateSize;
  return headDim * (type === 'k' || type === 'v' ? kvHeads : heads);
}

/**
 * Entries of the list that neurons of a type are ranked in. The released code ranks k and v in the space in which
 * every key/value head stands once for each query head that reads it.
 */
export function rankedCount(spec: Sizes, type: NeuronType, mode: NeuronMode): number {
  return neuronCount(spec, mode === 'code' && type !== 'ffn' ? 'q' : type);
}

/** The released code scores o too, with v's list, and discards it. */
export const hasType = (mode: NeuronMode, type: NeuronType): boolean => mode === 'paper' || type !== 'o';

/**
 * Row of k_proj or v_proj that the released code takes for index i of the repeated space: floor(i / r), with
 * r = heads / kvHeads (it writes r = 4). That is another row than the one
 * behind it, floor(i / (d r)) d + i mod d with d = headDim, for nearly all i (T21).
 */
export function releasedKeyValueRow(
  { heads, kvHeads }: Pick<Sizes, 'heads' | 'kvHeads'>,
  index: number,
): number {
  return Math.floor(index / (heads / kvHeads));
}

/** Ascending neurons of a type from ascending entries of its ranked list; rows of k and v as the released code takes them. */
export function neuronsOfRanked(
  spec: DecoderSpec,
  type: NeuronType,
  mode: NeuronMode,
  ranked: readonly number[],
): number[] {
  if (mode === 'paper' || (type !== 'k' && type !== 'v')) return [...ranked];
  return [...new Set(ranked.map((index) => releasedKeyValueRow(spec, index)))].sort((a, b) => a - b);
}
