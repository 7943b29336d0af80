import type { WeightMethod } from '../../core/methods/method';
import { layerKind, type DecoderSpec, type LayerKind } from '../../core/model/decoderSpec';
import { cancelledError } from '../../protocol/errors';
import type { ModelSource } from '../formats/modelDirectory';
import { causalMask, rotaryTables, rotationChangesAfter } from '../blocks/rotaryTables';
import type { Tensor } from '../ort/runtime';
import type { LayerWeights } from './layerWeights';
import type { PassGroup } from './passPlan';
import type { ProgramCache } from './programCache';
import type { ProgressTracker } from './progressTracker';
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

/** cos, sin and the mask for a kind of layer and a padded length, made once each. */
export class PositionTables {
  private readonly known = new Map<LayerKind, Map<string, Record<'cos' | 'sin' | 'mask', Tensor>>>();

  constructor(private readonly spec: DecoderSpec) {}

  /** @param tokens of the longest text among the padded ones; see `rotaryTables` */
  feeds(layer: number, length: number, tokens: number): Record<'cos' | 'sin' | 'mask', Tensor> {
    const kind = layerKind(this.spec, layer);
    const byLength = this.known.get(kind) ?? new Map<string, Record<'cos' | 'sin' | 'mask', Tensor>>();
    this.known.set(kind, byLength);
    const key = `${length} ${tokens > rotationChangesAfter(this.spec)}`;
    const tables = byLength.get(key) ?? this.make(kind, length, tokens);
    byLength.set(key, tables);
    return tables;
  }

  private make(
    { rope, window }: LayerKind,
    length: number,
    tokens: number,
  ): Record<'cos' | 'sin' | 'mask', Tensor> {
    const { rotaryDim } = this.spec;
    const { cos, sin } = rotaryTables(rope, rotaryDim, length, tokens);
    const dims = [length, rotaryDim / 2];
    return {
      cos: { data: cos, dims },
      sin: { data: sin, dims },
      mask: { data: causalMask(length, window), dims: [length, length] },
    };
  }
}
