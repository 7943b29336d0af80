import type { WeightMethod } from '../../core/methods/method';
import { layerKind, type DecoderSpec, type LayerKind } from '../../core/model/decoderSpec';
import { cancelledError } from '../../protocol/errors';
import type { ModelSource } from '../formats/modelDirectory';
import { causalMask, rotaryTables, rotationChangesAfter, type RotaryTables } from '../blocks/rotaryTables';
import type { Tensor } from '../ort/runtime';
import { floats } from '../ort/sharedMemory';
import type { LayerWeights } from './layerWeights';
import type { PassGroup } from './passPlan';
import type { ProgramCache } from './programCache';
import type { ProgressTracker } from './progressTracker';
import type { ReplicatePass } from './replicatePass';
import type { Scratch } from './scratch';

export type Scope = 'row' | 'matrix' | 'model';

/** A method with its settings in this run. */
export interface MethodRun {
  readonly method: WeightMethod;
  readonly topFraction: number;
  readonly utilityTopFraction: number;
  readonly scope: Scope;
}

/** Sizes that bound memory. They come from the model alone, so that results are the same on every machine. */
export interface PassLimits {
  /** Rows (tokens, padding included) of a micro-batch. */
  readonly maxRows: number;
  /** Elements of a weight matrix scored at a time. */
  readonly chunkElements: number;
  /** Elements of the head matrix (vocabulary x hidden) multiplied at a time. */
  readonly headChunkElements: number;
  /** Rows that go through the head together. */
  readonly headRows: number;
}

/** Files of one pass, below work/. */
export interface WorkFiles {
  readonly workFile: (name: string) => string;
}

/** What every stage of the pass over one group of datasets works with. */
export interface PassContext extends WorkFiles {
  readonly model: ModelSource;
  readonly spec: DecoderSpec;
  readonly group: PassGroup;
  readonly methods: readonly MethodRun[];
  readonly limits: PassLimits;
  readonly programs: ProgramCache;
  readonly weights: LayerWeights;
  readonly positions: PositionTables;
  readonly scratch: Scratch;
  readonly progress: ProgressTracker;
  readonly signal: AbortSignal;
  /** Regions of parts of the datasets' samples, where they are asked for. */
  readonly replicates?: ReplicatePass | null;
  /** Path of the scores of a layer where they are kept, for the user or for selection over the whole model. */
  scoreFile(methodId: string, datasetId: string, layer: number): string | null;
}

export const forwardMethods = (methods: readonly MethodRun[]): MethodRun[] =>
  methods.filter(({ method }) => !needsGradient(method));

export const backwardMethods = (methods: readonly MethodRun[]): MethodRun[] =>
  methods.filter(({ method }) => needsGradient(method));

export const needsGradient = (method: WeightMethod): boolean => method.needs.includes('meanAbsGradient');

/** Between two runs of a graph: lets messages in, and stops where the user asked to. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) throw cancelledError();
}

export const layerName = (layer: number): string => String(layer).padStart(3, '0');

type PositionFeeds = Record<'cos' | 'sin' | 'mask', Tensor>;

/** Masks grow with the square of the length: all lengths of a ragged set together would be larger than a layer. */
export const MASK_BYTES = 32 * 2 ** 20;

/** cos, sin and the mask for a kind of layer and a padded length. */
export class PositionTables {
  /** The tables of the longest text so far: those of a shorter one are their beginning. */
  private readonly rotations = new Map<string, RotaryTables>();
  private readonly kinds: readonly LayerKind[];
  private readonly masks = new Map<string, Tensor>();
  private maskBytes = 0;

  /** @param shared with the threads of `Lanes` */
  constructor(
    private readonly spec: DecoderSpec,
    private readonly shared = false,
  ) {
    this.kinds = [...new Set(spec.layerKinds)];
  }

  /** @param tokens of the longest text among the padded ones; see `rotaryTables` */
  feeds(layer: number, length: number, tokens: number): PositionFeeds {
    const kind = layerKind(this.spec, layer);
    const half = this.spec.rotaryDim / 2;
    const { cos, sin } = this.rotation(kind, length, tokens);
    const table = (data: Float32Array): Tensor => ({
      data: data.subarray(0, length * half),
      dims: [length, half],
    });
    return { cos: table(cos), sin: table(sin), mask: this.mask(kind, length) };
  }

  private rotation(kind: LayerKind, length: number, tokens: number): RotaryTables {
    const { rotaryDim } = this.spec;
    const key = `${this.kinds.indexOf(kind)} ${tokens > rotationChangesAfter(this.spec)}`;
    const known = this.rotations.get(key);
    if (known && known.cos.length >= (length * rotaryDim) / 2) return known;
    const { cos, sin } = rotaryTables(kind.rope, rotaryDim, length, tokens);
    const tables = { cos: this.placed(cos), sin: this.placed(sin) };
    this.rotations.set(key, tables);
    return tables;
  }

  private placed(data: Float32Array): Float32Array {
    if (!this.shared) return data;
    const placed = floats(data.length, true);
    placed.set(data);
    return placed;
  }

  private mask({ window }: LayerKind, length: number): Tensor {
    const key = `${window ?? 'all'} ${length}`;
    const known = this.masks.get(key);
    if (known) return known;
    const mask = { data: this.placed(causalMask(length, window)), dims: [length, length] };
    for (const [oldest, { data }] of this.masks) {
      if (this.maskBytes + mask.data.byteLength <= MASK_BYTES) break;
      this.masks.delete(oldest);
      this.maskBytes -= data.byteLength;
    }
    this.masks.set(key, mask);
    this.maskBytes += mask.data.byteLength;
    return mask;
  }
}
