import type { NeuronMode } from '../../core/methods/safeNeuron';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { Feeds, Program, Tensor } from '../ort/runtime';
import type { ProgramCache } from '../stream/programCache';
import { Scratch } from '../stream/scratch';
import {
  BLOCK_ROWS,
  capsLater,
  changeGraph,
  hasRatio,
  normsAllHeads,
  prepareGraph,
  type ChangeOptions,
  type Side,
} from './queryKeyGraphs';
import { CHUNK_ELEMENTS, preparedShapes } from './queryKeySizes';

export interface QuerySample {
  /** [length, (heads + kvHeads) headDim], before norm and rotation, bias added. */
  readonly qk: Float32Array;
  /** Padded: a multiple of BLOCK_ROWS, so that programs are few. */
  readonly length: number;
  /** 1 at rows that count, 0 elsewhere: [length]. */
  readonly rows: Float32Array;
  /** Of the layer: a row sees `window` columns, itself the last; null: all before it. */
  readonly window: number | null;
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

  /** They are made again where they are needed again. */
  releaseBuffers(): void {
    this.scratch.drop('');
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
    const ratio = hasRatio(spec, mode, side) ? side : null;
    const run = await this.changeProgram(sample, { own: true, ratio, softCap: this.laterCap() });
    const sums = new Float64Array((side === 'q' ? spec.heads : kvHeads) * headDim);
    for (const block of rowBlocks(sample)) {
      const part = (name: string): Tensor => ofBlock(prepared, name, block);
      const whole = {
        left: part(`left.${side}`),
        right: tensor(prepared, `right.${side}`),
        ...(ratio === 'q'
          ? { ratio: part('ratio.q') }
          : ratio === 'k'
            ? { ratio: tensor(prepared, 'ratio.k') }
            : {}),
      };
      const [scores, probabilities] = [part('scores'), part('probabilities')];
      const perNeuron = repeat * BLOCK_ROWS * (block.end - block.begin);
      for (const { g, gs, n, ns } of this.pieces(kvHeads, headDim, perNeuron)) {
        const cut = Object.entries(whole).map(([name, from]) => [name, window(from, g, gs, n, ns)]);
        const change = await run(
          block,
          {
            ...(Object.fromEntries(cut) as Feeds),
            scores: window(scores, g, gs, 0, 1),
            probabilities: window(probabilities, g, gs, 0, 1),
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
    const run = await this.changeProgram(sample, { own: false, ratio: side, softCap: this.laterCap() });
    for (const block of rowBlocks(sample)) {
      const all = (name: string): Tensor => ({
        data: ofBlock(prepared, name, block).data,
        dims: [1, 1, heads, BLOCK_ROWS, length],
      });
      const [scores, probabilities] = [all('scores'), all('probabilities')];
      const ratios =
        side === 'q'
          ? ofBlock(prepared, 'across.q', block)
          : { data: tensor(prepared, 'ratio.k').data, dims: [1, kvHeads * headDim, 1, 1, length] };
      for (const { n, ns } of this.pieces(1, sums.length, heads * BLOCK_ROWS * (block.end - block.begin))) {
        const ratio = window(ratios, 0, 1, n, ns);
        const change = await run(block, { scores, probabilities, ratio }, [1, ns, heads]);
        change.forEach((value, index) => {
          const neuron = n + Math.floor(index / heads);
          const head = index % heads;
          const ownHead = Math.floor(neuron / headDim);
          const isOwn = side === 'q' ? head === ownHead : Math.floor(head / repeat) === ownHead;
          if (!isOwn) sums[neuron] = (sums[neuron] as number) + value;
        });
      }
    }
  }

  /** All neurons of some groups, or some neurons of one, so that about `chunkElements` scores are changed at a time. */
  private *pieces(groups: number, neurons: number, perNeuron: number): Generator<Piece> {
    const ns = Math.min(neurons, Math.max(1, Math.floor(this.chunkElements / perNeuron)));
    const gs = ns < neurons ? 1 : Math.max(1, Math.floor(this.chunkElements / (neurons * perNeuron)));
    for (let g = 0; g < groups; g += gs) {
      for (let n = 0; n < neurons; n += ns) {
        yield { g, gs: Math.min(gs, groups - g), n, ns: Math.min(ns, neurons - n) };
      }
    }
  }

  private laterCap(): number | null {
    return capsLater(this.spec, this.mode) ? this.spec.attentionSoftCap : null;
  }

  private async changeProgram(
    { length, rows, feeds }: QuerySample,
    options: ChangeOptions,
  ): Promise<
    (block: RowBlock, feeds: Feeds, shape: readonly [number, number, number]) => Promise<Float32Array>
  > {
    const { own, ratio, softCap } = options;
    const program: Program = await this.programs.get(
      `neurons change ${own} ${ratio} ${softCap}`,
      () => changeGraph(options),
      { openShapes: true },
    );
    const mask = softCap !== null && feeds.mask;
    return async ({ index, begin, end }, chunk, shape) => {
      const data = this.scratch.take('change', shape[0] * shape[1] * shape[2]);
      const first = index * BLOCK_ROWS;
      const inputs: Feeds = {
        ...chunk,
        rows: { data: rows.subarray(first, first + BLOCK_ROWS), dims: [1, BLOCK_ROWS] },
        begin: { data: BigInt64Array.of(BigInt(begin)), dims: [1] },
        end: { data: BigInt64Array.of(BigInt(end)), dims: [1] },
        ...(mask
          ? {
              mask: {
                data: mask.data.subarray(first * length, (first + BLOCK_ROWS) * length),
                dims: [BLOCK_ROWS, length],
              },
            }
          : {}),
      };
      await program.run(inputs, { change: { data, dims: [...shape, 1, 1] } });
      return data;
    };
  }
}

interface Piece {
  readonly g: number;
  readonly gs: number;
  readonly n: number;
  readonly ns: number;
}

/** BLOCK_ROWS rows, and the columns that any of them sees. */
interface RowBlock {
  readonly index: number;
  readonly begin: number;
  readonly end: number;
}

/** Blocks of rows that count; others change no sum. */
function rowBlocks({ length, rows, window: width }: QuerySample): RowBlock[] {
  return Array.from({ length: length / BLOCK_ROWS }, (_, index) => ({
    index,
    begin: width === null ? 0 : Math.max(0, index * BLOCK_ROWS - width + 1),
    end: (index + 1) * BLOCK_ROWS,
  })).filter(({ index, end }) => rows.subarray(index * BLOCK_ROWS, end).some((mark) => mark !== 0));
}

/** The part of a prepared tensor that is laid out by blocks. */
function ofBlock(prepared: Feeds, name: string, { index }: RowBlock): Tensor {
  const { data, dims } = tensor(prepared, name);
  const each = data.length / (dims[0] ?? 1);
  return { data: data.subarray(index * each, (index + 1) * each), dims: dims.slice(1) };
}

/** Groups g to g + gs and their neurons n to n + ns of a tensor [groups, neurons, ...]: one piece of memory. */
function window({ data, dims }: Tensor, g: number, gs: number, n: number, ns: number): Tensor {
  const [, neurons = 1, ...rest] = dims;
  const each = rest.reduce((a, c) => a * c, 1);
  const begin = (g * neurons + n) * each;
  return {
    data: data.subarray(begin, begin + ((gs - 1) * neurons + ns) * each),
    dims: [gs, ns, ...rest],
  };
}

function tensor(prepared: Feeds, name: string): Tensor {
  const found = prepared[name];
  if (!found) throw new Error(`Nothing was prepared as '${name}'.`);
  return found;
}

/** n x n, 1 less the identity: a product with it sums what is beside an element. */
function othersOf(n: number): Tensor {
  const data = new Float32Array(n * n).fill(1);
  for (let i = 0; i < n; i++) data[i * n + i] = 0;
  return { data, dims: [n, n] };
}
