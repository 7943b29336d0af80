/**
 * A trial of one execution provider, to be run in a process that may die of it: a block of a small Llama forward and
 * backward and a chunk of SNIP sums, compared with the CPU's numbers and timed beside them.
 */
import { CheckedConfig } from '../../../core/model/checkedConfig';
import type { DecoderSpec } from '../../../core/model/decoderSpec';
import { describeModel } from '../../../core/model/registry';
import { seededRandom } from '../../../core/stats/random';
import type { GraphBuilder } from '../../graph/graphBuilder';
import { sizeOf } from '../../graph/shapes';
import type { Provider } from '../../ort/providers';
import { compileProgram, type Feeds, type Program, type Tensor } from '../../ort/runtime';
import { backwardGraph, gradientQuantities, scoreGraph } from '../../stream/blockPrograms';
import { snip } from '../../../core/methods/snip';

/** What the process that tries says, in this order; one that is killed for its slowness has said the first. */
export type TrialMessage =
  | {
      readonly kind: 'right';
      /** Largest difference from the CPU, over the tensor's largest value. */
      readonly difference: number;
      /** Graphs with nodes that were left to the CPU. */
      readonly fellBack: readonly string[];
    }
  | { readonly kind: 'wrong'; readonly difference: number; readonly output: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'timed'; readonly seconds: number; readonly cpuSeconds: number };

/** Float32 sums in another order differ by some 1e-6; what is off by more than this computes something else. */
const TOLERANCE = 1e-4;
const SMALL = { hidden: 32, intermediate: 80, heads: 4, batch: 2, length: 12 };
/** About the work of one micro-batch of a model of a billion weights. */
const LARGE = { hidden: 1024, intermediate: 2816, heads: 16, batch: 2, length: 128 };

type Size = typeof SMALL;
type Dims = Readonly<Record<string, readonly number[]>>;

interface Case {
  readonly builder: GraphBuilder;
  readonly inputs: Dims;
  readonly outputs: Dims;
  readonly openShapes: boolean;
}

export async function tryProvider(provider: Provider, tell: (message: TrialMessage) => void): Promise<void> {
  try {
    const fellBack: string[] = [];
    let difference = 0;
    for (const trial of [blockCase(SMALL), sumsCase(SMALL)]) {
      const feeds = randomTensors(trial.inputs);
      const expected = await runOnce(trial, feeds, 'cpu');
      const found = await runOnce(trial, feeds, provider, fellBack);
      for (const [output, { data }] of Object.entries(expected)) {
        const off = relativeDifference(data, found[output]?.data);
        if (!(off <= TOLERANCE)) {
          tell({ kind: 'wrong', difference: off, output: `${trial.builder.name}: ${output}` });
          return;
        }
        difference = Math.max(difference, off);
      }
    }
    tell({ kind: 'right', difference, fellBack });
    if (provider === 'cpu') return;
    const [cpuSeconds, seconds] = [await timed('cpu'), await timed(provider)];
    tell({ kind: 'timed', seconds, cpuSeconds });
  } catch (error) {
    tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

function blockCase(size: Size): Case {
  const builder = backwardGraph(trialSpec(size), size, { inputGradient: true });
  return {
    builder,
    inputs: shapesOf(builder.inputs),
    outputs: shapesOf(builder.outputs),
    openShapes: false,
  };
}

/** SNIP's scores of a matrix from the pairs of one micro-batch. */
function sumsCase({ hidden, intermediate, batch, length }: Size): Case {
  const matrix = [intermediate, hidden];
  return {
    builder: scoreGraph([snip], gradientQuantities(1, false)),
    inputs: {
      acc: matrix,
      weight: matrix,
      inverseCount: [],
      'dY.0': [batch, length, intermediate],
      'X.0': [batch, length, hidden],
    },
    outputs: { 'scores.snip': matrix },
    openShapes: true,
  };
}

const shapesOf = (values: GraphBuilder['inputs']): Dims =>
  Object.fromEntries([...values].map(([name, { shape }]) => [name, shape]));

function trialSpec({ hidden, intermediate, heads }: Size): DecoderSpec {
  const config = {
    model_type: 'llama',
    architectures: ['LlamaForCausalLM'],
    vocab_size: 32,
    hidden_size: hidden,
    intermediate_size: intermediate,
    num_hidden_layers: 1,
    num_attention_heads: heads,
    num_key_value_heads: heads / 2,
    rms_norm_eps: 1e-5,
  };
  return describeModel(CheckedConfig.of(config, 'trial'));
}

async function runOnce(
  trial: Case,
  feeds: Feeds,
  provider: Provider,
  fellBack: string[] = [],
): Promise<Feeds> {
  const program = await compile(trial, provider, (graph) => fellBack.push(graph));
  try {
    const outputs = zeros(trial.outputs);
    await program.run(feeds, outputs);
    return outputs;
  } finally {
    await program.release();
  }
}

const compile = (
  { builder, openShapes }: Case,
  provider: Provider,
  onFallback: (graph: string) => void = () => undefined,
): Promise<Program> => compileProgram(builder, { threads: 0, provider, onFallback }, { openShapes });

/** Seconds for a block of the larger size: the best of three after one that warms up. */
async function timed(provider: Provider): Promise<number> {
  const trial = blockCase(LARGE);
  const feeds = randomTensors(trial.inputs);
  const outputs = zeros(trial.outputs);
  const program = await compile(trial, provider);
  try {
    let best = Infinity;
    for (let round = 0; round < 4; round++) {
      const start = performance.now();
      await program.run(feeds, outputs);
      if (round > 0) best = Math.min(best, (performance.now() - start) / 1000);
    }
    return best;
  } finally {
    await program.release();
  }
}

const STEPS = 2 ** 20;

/** Weights such that what goes through them stays about as large as it was. */
function randomTensors(dims: Dims): Feeds {
  const random = seededRandom(1);
  return Object.fromEntries(
    Object.entries(dims).map(([name, shape]): [string, Tensor] => {
      const scale = name.startsWith('weight') ? Math.sqrt(3 / (shape.at(-1) ?? 1)) : 1;
      const value = (): number => scale * ((2 * random.below(STEPS)) / STEPS - 1);
      return [name, { data: Float32Array.from({ length: sizeOf(shape) }, value), dims: shape }];
    }),
  );
}

const zeros = (dims: Dims): Feeds =>
  Object.fromEntries(
    Object.entries(dims).map(([name, shape]): [string, Tensor] => [
      name,
      { data: new Float32Array(sizeOf(shape)), dims: shape },
    ]),
  );

function relativeDifference(expected: Tensor['data'], found: Tensor['data'] | undefined): number {
  if (!found || found.length !== expected.length) return Number.MAX_VALUE;
  let [largest, difference] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [Number(expected[i]), Number(found[i])];
    largest = Math.max(largest, Math.abs(a));
    // NaN is larger than nothing: it must not pass for equal.
    if (!(Math.abs(a - b) <= difference)) difference = Math.abs(a - b);
  }
  const relative = difference / largest;
  // JSON has neither NaN nor infinity.
  return Number.isFinite(relative) ? relative : Number.MAX_VALUE;
}
