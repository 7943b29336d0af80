import { groupRows, layerKind, type DecoderSpec } from '../../../src/core/model/decoderSpec';
import type { NeuronType } from '../../../src/core/methods/safeNeuron';
import { decoderBlock, type Attend } from '../../../src/engine/blocks/decoderBlock';
import { causalMask, rotaryTables } from '../../../src/engine/blocks/rotaryTables';
import { GraphBuilder } from '../../../src/engine/graph/graphBuilder';
import { add, concat, matMul, mul, reshape, softCap, softmax } from '../../../src/engine/graph/ops';
import { mulberry } from '../generate/randomModel';
import { openGraph } from '../graph/runGraph';

export type Arrays = Record<string, Float32Array>;

/** Inputs of a block graph with random weights, for `batch` texts of `length` rows. */
export function randomFeeds(
  spec: DecoderSpec,
  layer: number,
  batch: number,
  length: number,
  seed = 5,
): Arrays {
  const random = mulberry(seed);
  const fill = (size: number, scale: number): Float32Array =>
    Float32Array.from({ length: size }, () => scale * (2 * random() - 1));
  const { window, rope } = layerKind(spec, layer);
  return {
    x: fill(batch * length * spec.hiddenSize, 1.5),
    ...Object.fromEntries(
      spec.groups.flatMap((group) => [
        [`weight.${group.name}`, fill(groupRows(group) * group.inFeatures, 0.45)],
        [`bias.${group.name}`, fill(groupRows(group), 0.5)],
      ]),
    ),
    ...Object.fromEntries(
      spec.norms.map(({ name, size }) => [`norm.${name}`, fill(size, 1).map((g) => 1 + 0.4 * g)]),
    ),
    ...rotaryTables(rope, spec.rotaryDim, length),
    mask: causalMask(length, window),
  };
}

/** Softmax of every head [batch, heads, T, T], and the outputs of o_proj and down_proj [batch T, hidden]. */
export interface Seen {
  readonly softmax: Float32Array;
  readonly o: Float32Array;
  readonly down: Float32Array;
}

/** The block of the shared pass, with attention written out, so that the softmax itself can be looked at. */
export async function openBlock(
  spec: DecoderSpec,
  batch: number,
  length: number,
): Promise<(feeds: Arrays) => Promise<Seen>> {
  const b = new GraphBuilder('zeroOut');
  const { heads, kvHeads } = spec;
  const attend: Attend = (builder, { q, k, v }, { scale, softCap: cap }) => {
    const scores = matMul(builder, q, k, { transB: true, alpha: scale });
    const repeat = heads / kvHeads;
    const mask = builder.input('mask', [length, length]);
    const rows = concat(
      builder,
      Array.from({ length: repeat }, () => mask),
      0,
    );
    const p = softmax(builder, add(builder, softCap(builder, scores, cap ?? null), rows), -1);
    builder.output('softmax', reshape(builder, p, [batch, heads, length, length]));
    return matMul(builder, p, v);
  };
  const block = decoderBlock(b, spec, { batch, length }, attend);
  for (const tap of block.taps) {
    if (tap.group === 'o' || tap.group === 'down') b.output(tap.group, mul(b, tap.output, b.scalar(1)));
  }
  const run = await openGraph(b);
  return async (feeds) => (await run(feeds)) as unknown as Seen;
}

/** The block's weights with one neuron really off: its row and bias zero, or its column. */
export function switchedOff(spec: DecoderSpec, feeds: Arrays, type: NeuronType, neuron: number): Arrays {
  const { heads, kvHeads, headDim, hiddenSize, intermediateSize } = spec;
  const offsets = { q: 0, k: heads * headDim, v: (heads + kvHeads) * headDim, o: 0, ffn: 0 };
  const copy = (name: string): Float32Array => Float32Array.from(feeds[name] ?? []);
  if (type === 'o' || type === 'ffn') {
    const name = type === 'o' ? 'weight.o' : 'weight.gateUp';
    const weight = copy(name);
    if (type === 'o') {
      for (let row = 0; row < hiddenSize; row++) weight[row * heads * headDim + neuron] = 0;
      return { ...feeds, [name]: weight };
    }
    const row = intermediateSize + neuron;
    weight.fill(0, row * hiddenSize, (row + 1) * hiddenSize);
    const bias = copy('bias.gateUp');
    bias[row] = 0;
    return { ...feeds, [name]: weight, 'bias.gateUp': bias };
  }
  const row = offsets[type] + neuron;
  const weight = copy('weight.qkv');
  weight.fill(0, row * hiddenSize, (row + 1) * hiddenSize);
  const bias = copy('bias.qkv');
  bias[row] = 0;
  return { ...feeds, 'weight.qkv': weight, 'bias.qkv': bias };
}

/** Norm of the change of what a neuron of the type is measured by, over prompt rows `from` to `to` of text `sample`. */
export function changeNorm(
  spec: DecoderSpec,
  type: NeuronType,
  before: Seen,
  after: Seen,
  { sample, length, from, to }: { sample: number; length: number; from: number; to: number },
): number {
  const name = type === 'ffn' ? 'down' : type === 'o' || type === 'v' ? 'o' : 'softmax';
  const [copies, width] = name === 'softmax' ? [spec.heads, length] : [1, spec.hiddenSize];
  let sum = 0;
  for (let copy = 0; copy < copies; copy++) {
    const first = (sample * copies + copy) * length * width;
    for (let i = first + from * width; i < first + to * width; i++) {
      sum += ((after[name][i] ?? NaN) - (before[name][i] ?? NaN)) ** 2;
    }
  }
  return Math.sqrt(sum);
}
