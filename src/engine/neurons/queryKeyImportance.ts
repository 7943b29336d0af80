import type { NeuronMode } from '../../core/methods/safeNeuron';
import { normGain, type DecoderSpec } from '../../core/model/decoderSpec';
import type { Feeds, Program, Tensor } from '../ort/runtime';
import type { ProgramCache } from '../stream/programCache';
import { Scratch } from '../stream/scratch';
import {
  capsLater,
  changeGraph,
  components,
  hasRatio,
  normsAllHeads,
  prepareGraph,
  type ChangeOptions,
  type Side,
} from './queryKeyGraphs';

/** Scores changed at a time: what a run costs beside its arithmetic is little then, and all of it stays in the cache. */
const CHUNK_ELEMENTS = 2 ** 18;

/** Scores (heads x length x length, once for every neuron that touches them) to compute for one prompt and layer. */
export function changedScores(
  spec: DecoderSpec,
  mode: NeuronMode,
  sides: readonly Side[],
  length: number,
): number {
  const { heads, kvHeads, headDim } = spec;
  const list = mode === 'code' ? (['q'] as const) : sides;
  return list.reduce((sum, side) => {
    const all = mode === 'paper' && normsAllHeads(spec, side);
    const pairs = all ? (side === 'q' ? heads : kvHeads) * headDim * heads : heads * headDim;
    return sum + pairs * length * length;
  }, 0);
}

/** Bytes that `QueryKeyImportance` holds at most for prompts up to `length`. */
export function queryKeyBytes(
  spec: DecoderSpec,
  mode: NeuronMode,
  sides: readonly Side[],
  length: number,
): number {
  const { heads, kvHeads, headDim } = spec;
  const scores = 2 * heads * length * length;
  const factors = sides.length * (components(mode) + 2) * (heads + kvHeads) * headDim * length;
  // One neuron of a group may be more than a chunk; every operation has a result of its own for a moment.
  const chunk = 6 * Math.max(CHUNK_ELEMENTS, heads * length * length);
  // The runtime gives outputs back a second time, and makes them from values as large.
  return 4 * (chunk + 4 * (scores + factors));
}

export interface QuerySample {
  /** [length, (heads + kvHeads) headDim], before norm and rotation, bias added. */
  readonly qk: Float32Array;
  /** Padded: a multiple of 8, so that programs are few. */
  readonly length: number;
  /** 1 at rows that count, 0 elsewhere: [length]. */
  readonly rows: Float32Array;
  /** cos, sin and mask for `length`, and the gains of the layer's norms. */
  readonly feeds: Feeds;
}

/** Sums of squared changes of softmax by neuron: before the root. */
export type QueryKeyChanges = Partial<Record<Side, Float64Array>>;

/** Runs the graphs of queryKeyGraphs for one prompt after another. */
export class QueryKeyImportance {
  private readonly scratch = new Scratch();
  private readonly constants: Feeds;

  constructor(
    private readonly spec: DecoderSpec,
    private readonly mode: NeuronMode,
    private readonly sides: readonly Side[],
    private readonly programs: ProgramCache,
    private readonly chunkElements = CHUNK_ELEMENTS,
  ) {
    const { heads, kvHeads, headDim } = spec;
    this.constants = {
      'others.head': othersOf(headDim),
      'others.heads.q': othersOf(heads),
      'others.heads.k': othersOf(kvHeads),
    };
  }

  /**
   * Mode `paper`: of rows of q_proj [heads headDim] and of k_proj [kvHeads headDim]. Mode `code`: `q` alone, the list
   * that q and k share, [heads headDim].
   */
  async changes(sample: QuerySample): Promise<QueryKeyChanges> {
    const prepared = await this.prepare(sample);
    const sides: readonly Side[] = this.mode === 'code' ? ['q'] : this.sides;
    const changes: QueryKeyChanges = {};
    for (const side of sides) {
      changes[side] = await this.ownHeads(sample, prepared, side);
      if (this.mode === 'paper' && normsAllHeads(this.spec, side)) {
        await this.otherHeads(sample, prepared, side, changes[side]);
      }
    }
    return changes;
  }

  private async prepare({ qk, length, feeds }: QuerySample): Promise<Feeds> {
    const { spec, mode, sides, programs, scratch } = this;
    const program = await programs.get(`neurons ${mode} ${sides.join('')} ${length}`, () =>
      prepareGraph(spec, mode, sides, length),
    );
    const outputs = Object.fromEntries(
      Object.entries(preparedShapes(spec, mode, sides, length)).map(([name, dims]) => [
        name,
        {
          data: scratch.take(
            name,
            dims.reduce((a, c) => a * c, 1),
          ),
          dims,
        },
      ]),
    );
    const width = (spec.heads + spec.kvHeads) * spec.headDim;
    await program.run({ ...feeds, ...this.constants, qk: { data: qk, dims: [length, width] } }, outputs);
    return outputs;
  }

  /** Neurons of a head on the scores of that head; a key neuron on those of all query heads that read it. */
  private async ownHeads(sample: QuerySample, prepared: Feeds, side: Side): Promise<Float64Array> {
    const { spec, mode } = this;
    const { kvHeads, headDim } = spec;
    const repeat = spec.heads / kvHeads;
    const { length } = sample;
    const ratio = hasRatio(spec, mode, side);
    const run = await this.changeProgram(sample, { own: true, ratio, softCap: this.laterCap() });
    const sums = new Float64Array((side === 'q' ? spec.heads : kvHeads) * headDim);
    const perNeuron = repeat * length * length;
    const neurons = Math.min(headDim, Math.max(1, Math.floor(this.chunkElements / perNeuron)));
    const groups =
      neurons < headDim ? 1 : Math.max(1, Math.floor(this.chunkElements / (headDim * perNeuron)));
    for (let g = 0; g < kvHeads; g += groups) {
      const gs = Math.min(groups, kvHeads - g);
      for (let n = 0; n < headDim; n += neurons) {
        const ns = Math.min(neurons, headDim - n);
        const part = (name: string): Tensor => window(prepared, `${name}.${side}`, g, gs, n, ns);
        const change = await run(
          {
            scores: window(prepared, 'scores', g, gs, 0, 1),
            probabilities: window(prepared, 'probabilities', g, gs, 0, 1),
            left: part('left'),
            right: part('right'),
            ...(ratio ? { ratio: part('ratio') } : {}),
          },
          [gs, ns, repeat],
        );
        change.forEach((value, index) => {
          const r = index % repeat;
          const group = g + Math.floor(index / (repeat * ns));
          const element = n + (Math.floor(index / repeat) % ns);
          const to = (side === 'q' ? group * repeat + r : group) * headDim + element;
          sums[to] = (sums[to] as number) + value;
        });
      }
    }
    return sums;
  }

  /** A norm over all heads: each neuron rescales the scores of every head that does not hold it. Adds to `sums`. */
  private async otherHeads(
    sample: QuerySample,
    prepared: Feeds,
    side: Side,
    sums: Float64Array,
  ): Promise<void> {
    const { heads, kvHeads, headDim } = this.spec;
    const repeat = heads / kvHeads;
    const { length } = sample;
    const run = await this.changeProgram(sample, { own: false, ratio: true, softCap: this.laterCap() });
    const all = (name: string): Tensor => ({
      data: floats(prepared, name),
      dims: [1, 1, heads, length, length],
    });
    const ratios = floats(prepared, side === 'q' ? 'across.q' : 'ratio.k');
    const neurons = Math.max(1, Math.floor(this.chunkElements / (heads * length * length)));
    for (let n = 0; n < sums.length; n += neurons) {
      const ns = Math.min(neurons, sums.length - n);
      const dims = side === 'q' ? [1, ns, 1, length, 1] : [1, ns, 1, 1, length];
      const change = await run(
        {
          scores: all('scores'),
          probabilities: all('probabilities'),
          ratio: { data: ratios.subarray(n * length, (n + ns) * length), dims },
        },
        [1, ns, heads],
      );
      change.forEach((value, index) => {
        const neuron = n + Math.floor(index / heads);
        const head = index % heads;
        const ownHead = Math.floor(neuron / headDim);
        const isOwn = side === 'q' ? head === ownHead : Math.floor(head / repeat) === ownHead;
        if (!isOwn) sums[neuron] = (sums[neuron] as number) + value;
      });
    }
  }

  private laterCap(): number | null {
    return capsLater(this.spec, this.mode) ? this.spec.attentionSoftCap : null;
  }

  private async changeProgram(
    { length, rows, feeds }: QuerySample,
    options: ChangeOptions,
  ): Promise<(feeds: Feeds, shape: readonly [number, number, number]) => Promise<Float32Array>> {
    const { own, ratio, softCap } = options;
    const program: Program = await this.programs.get(
      `neurons change ${own} ${ratio} ${softCap}`,
      () => changeGraph(options),
      { openShapes: true },
    );
    const shared: Feeds = {
      rows: { data: rows, dims: [1, length] },
      ...(softCap !== null && feeds.mask ? { mask: feeds.mask } : {}),
    };
    return async (chunk, shape) => {
      const data = this.scratch.take('change', shape[0] * shape[1] * shape[2]);
      await program.run({ ...shared, ...chunk }, { change: { data, dims: [...shape, 1, 1] } });
      return data;
    };
  }
}

/** What `prepareGraph` gives, by name. */
function preparedShapes(
  spec: DecoderSpec,
  mode: NeuronMode,
  sides: readonly Side[],
  length: number,
): Record<string, number[]> {
  const { heads, kvHeads, headDim } = spec;
  const repeat = heads / kvHeads;
  const parts = components(mode);
  const shapes: Record<string, number[]> = {
    scores: [kvHeads, 1, repeat, length, length],
    probabilities: [kvHeads, 1, repeat, length, length],
  };
  for (const side of mode === 'code' ? (['q'] as const) : sides) {
    shapes[`left.${side}`] = [kvHeads, headDim, repeat, length, parts];
    shapes[`right.${side}`] = [kvHeads, headDim, 1, parts, length];
    if (!hasRatio(spec, mode, side)) continue;
    shapes[`ratio.${side}`] =
      side === 'q' ? [kvHeads, headDim, repeat, length, 1] : [kvHeads, headDim, 1, 1, length];
    if (side === 'q' && normsAllHeads(spec, side)) shapes['across.q'] = [1, heads * headDim, 1, length, 1];
  }
  return shapes;
}

/** Groups g to g + gs and their neurons n to n + ns of a prepared tensor: one piece of memory. */
function window(prepared: Feeds, name: string, g: number, gs: number, n: number, ns: number): Tensor {
  const dims = prepared[name]?.dims ?? [];
  const [, neurons = 1, ...rest] = dims;
  const each = rest.reduce((a, c) => a * c, 1);
  const begin = (g * neurons + n) * each;
  return {
    data: floats(prepared, name).subarray(begin, begin + ((gs - 1) * neurons + ns) * each),
    dims: [gs, ns, ...rest],
  };
}

function floats(prepared: Feeds, name: string): Float32Array {
  const data = prepared[name]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`Nothing was prepared as '${name}'.`);
  return data;
}

/** n x n, 1 less the identity: a product with it sums what is beside an element. */
function othersOf(n: number): Tensor {
  const data = new Float32Array(n * n).fill(1);
  for (let i = 0; i < n; i++) data[i * n + i] = 0;
  return { data, dims: [n, n] };
}

export const normGains = (spec: DecoderSpec): readonly string[] =>
  (['query', 'key'] as const).flatMap((name) => (normGain(spec, name) ? [`norm.${name}`] : []));
