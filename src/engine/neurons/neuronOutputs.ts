import type { NeuronMode, NeuronType } from '../../core/methods/safeNeuron';
import type { DecoderSpec, LinearGroupName } from '../../core/model/decoderSpec';
import type { BlockShape, DecoderBlock } from '../blocks/decoderBlock';
import { graphError } from '../graph/graphError';
import type { GraphBuilder } from '../graph/graphBuilder';
import { abs, add, concat, matMul, mul, reshape, slice } from '../graph/ops';
import { at, type Value } from '../graph/value';

/** What the shared forward graph gives for neurons, by name. Sums run over the rows that `safeNeuron.rows` marks. */
export type NeuronOutput = 'safeNeuron.ffn' | 'safeNeuron.context' | 'safeNeuron.qk';

/** 1 at the rows (prompt positions) that sums run over, shape (batch, 1, length). */
export const NEURON_ROWS = 'safeNeuron.rows';

/**
 * Pairs r <= s of the query heads that read one key/value head: the sums of products of their context columns.
 * Pair (r, s) of column (g, d) is element pair * kvHeads * headDim + g * headDim + d of `safeNeuron.context`.
 */
export function headPairs({ heads, kvHeads }: Pick<DecoderSpec, 'heads' | 'kvHeads'>): [number, number][] {
  const repeat = heads / kvHeads;
  const heads_ = Array.from({ length: repeat }, (_, r) => r);
  return heads_.flatMap((r) => heads_.slice(r).map((s): [number, number] => [r, s]));
}

/** Floats of each output for `batch` samples of `length` rows. */
export function neuronOutputSizes(
  spec: DecoderSpec,
  mode: NeuronMode,
  types: readonly NeuronType[],
  { batch, length }: BlockShape,
): Partial<Record<NeuronOutput, number>> {
  const { heads, kvHeads, headDim, intermediateSize } = spec;
  const context = mode === 'paper' ? headPairs(spec).length * kvHeads * headDim : heads * headDim;
  return {
    ...(types.includes('ffn') ? { 'safeNeuron.ffn': batch * intermediateSize } : {}),
    ...(types.includes('v') || types.includes('o') ? { 'safeNeuron.context': batch * context } : {}),
    ...(types.includes('q') || types.includes('k')
      ? { 'safeNeuron.qk': batch * length * (heads + kvHeads) * headDim }
      : {}),
  };
}

/**
 * Adds to a block's forward graph:
 * - ffn: paper sum of h^2 with h = act(gate) up, the input of down_proj; code sum of |up_proj(x)|;
 * - context: paper the products of `headPairs`, code sum of |context| of every column of o_proj's input;
 * - qk: queries and keys before any norm and rotation, bias added, shape (rows, (heads + kvHeads) headDim).
 */
export function addNeuronOutputs(
  b: GraphBuilder,
  block: DecoderBlock,
  spec: DecoderSpec,
  { mode, types, shape }: { mode: NeuronMode; types: readonly NeuronType[]; shape: BlockShape },
): void {
  const { heads, kvHeads, headDim, intermediateSize } = spec;
  const { batch, length } = shape;
  const marked = (): Value => b.inputs.get(NEURON_ROWS) ?? b.input(NEURON_ROWS, [batch, 1, length]);
  const sums = (x: Value): Value => {
    const features = at(x.shape, 1);
    return reshape(b, matMul(b, marked(), reshape(b, x, [batch, length, features])), [batch, features]);
  };
  const tap = (group: LinearGroupName): DecoderBlock['taps'][number] => {
    const found = block.taps.find((candidate) => candidate.group === group);
    if (!found) throw graphError(`The block has no linear map '${group}'.`);
    return found;
  };
  const withBias = (group: LinearGroupName): Value => {
    const bias = b.inputs.get(`bias.${group}`);
    return bias ? add(b, tap(group).output, bias) : tap(group).output;
  };
  if (types.includes('ffn')) {
    const up = (): Value => slice(b, withBias('gateUp'), 1, intermediateSize, 2 * intermediateSize);
    const h = tap('down').input;
    b.output('safeNeuron.ffn', sums(mode === 'paper' ? mul(b, h, h) : abs(b, up())));
  }
  if (types.includes('v') || types.includes('o')) {
    const context = tap('o').input;
    b.output('safeNeuron.context', sums(mode === 'paper' ? pairProducts(b, spec, context) : abs(b, context)));
  }
  if (types.includes('q') || types.includes('k')) {
    b.output('safeNeuron.qk', slice(b, withBias('qkv'), 1, 0, (heads + kvHeads) * headDim));
  }
}

/** [rows, heads headDim] -> [rows, pairs kvHeads headDim]. */
function pairProducts(b: GraphBuilder, spec: DecoderSpec, context: Value): Value {
  const { heads, kvHeads, headDim } = spec;
  const rows = at(context.shape, 0);
  if (heads === kvHeads) return mul(b, context, context);
  const byGroup = reshape(b, context, [rows, kvHeads, heads / kvHeads, headDim]);
  const columns = Array.from({ length: heads / kvHeads }, (_, r) =>
    reshape(b, slice(b, byGroup, 2, r, r + 1), [rows, kvHeads * headDim]),
  );
  return concat(
    b,
    headPairs(spec).map(([r, s]) => mul(b, at(columns, r), at(columns, s))),
    1,
  );
}

/** ||W[:, k]||, shape (inFeatures), of a matrix (rows, inFeatures). */
export function columnNorms(weight: Float32Array, inFeatures: number): Float64Array {
  const sums = new Float64Array(inFeatures);
  for (let at = 0; at < weight.length; at += inFeatures) {
    for (let column = 0; column < inFeatures; column++) {
      const w = weight[at + column] as number;
      sums[column] = (sums[column] as number) + w * w;
    }
  }
  return sums.map(Math.sqrt);
}

/** Products W_o[:, (g, r, d)] . W_o[:, (g, s, d)] in the order of `headPairs` and `safeNeuron.context`. */
export function outputGram(spec: DecoderSpec, weight: Float32Array): Float64Array {
  const { heads, kvHeads, headDim } = spec;
  const repeat = heads / kvHeads;
  const pairs = headPairs(spec);
  const gram = new Float64Array(pairs.length * kvHeads * headDim);
  for (let row = 0; row < weight.length; row += heads * headDim) {
    let to = 0;
    for (const [r, s] of pairs) {
      for (let group = 0; group < kvHeads; group++) {
        const first = row + (group * repeat + r) * headDim;
        const second = row + (group * repeat + s) * headDim;
        for (let d = 0; d < headDim; d++, to++) {
          gram[to] = (gram[to] as number) + (weight[first + d] as number) * (weight[second + d] as number);
        }
      }
    }
  }
  return gram;
}

/**
 * Importances of one sample in mode `paper`, from its products of context columns c and the products of W_o's columns w.
 * v (g, d): sqrt(sum over heads r, s of the group of (c_r . c_s)(w_r . w_s)), the norm of the summed change;
 * o (g, r, d): sqrt((c_r . c_r)(w_r . w_r)).
 */
export function contextImportances(
  spec: DecoderSpec,
  context: Float32Array,
  gram: Float64Array,
): { readonly v: Float32Array; readonly o: Float32Array } {
  const { heads, kvHeads, headDim } = spec;
  const repeat = heads / kvHeads;
  const width = kvHeads * headDim;
  const squares = new Float64Array(width);
  const o = new Float32Array(heads * headDim);
  headPairs(spec).forEach(([r, s], pair) => {
    for (let i = 0; i < width; i++) {
      const product = (context[pair * width + i] as number) * (gram[pair * width + i] as number);
      squares[i] = (squares[i] as number) + (r === s ? product : 2 * product);
      const group = Math.floor(i / headDim);
      if (r === s) o[(group * repeat + r) * headDim + (i % headDim)] = Math.sqrt(product);
    }
  });
  // Rounding can leave a little less than nothing where the heads' changes cancel.
  return { v: Float32Array.from(squares, (square) => Math.sqrt(Math.max(0, square))), o };
}

/** In place: importances (samples, n) times a factor of each neuron. */
export function ffnImportances(squareSums: Float32Array, norms: Float64Array): Float32Array {
  return squareSums.map((sum, index) => Math.sqrt(sum) * (norms[index % norms.length] as number));
}

export const qkWidth = ({ heads, kvHeads, headDim }: DecoderSpec): number => (heads + kvHeads) * headDim;
