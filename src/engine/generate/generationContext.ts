import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { ModelSource } from '../formats/modelDirectory';
import { PositionTables } from '../stream/passContext';
import { ProgramCache } from '../stream/programCache';
import { Scratch } from '../stream/scratch';
import type { GenerationPlan } from './generationPlan';
import { HeadWeights } from './headWeights';
import { KvCache } from './kvCache';
import { RotaryRows } from './rotaryRows';
import { ResidentLayers, StreamedLayers, type LayerScaling, type LayerSource } from './layerSource';

/** What prefill and decoding work with; lives as long as one call of generateGreedy. */
export interface GenerationContext {
  readonly spec: DecoderSpec;
  readonly plan: GenerationPlan;
  readonly layers: LayerSource;
  readonly head: HeadWeights;
  readonly cache: KvCache;
  readonly programs: ProgramCache;
  readonly scratch: Scratch;
  /** Inputs that say where the positions of a prompt are. */
  readonly positions: PositionTables;
  /** The same of new positions. */
  readonly rotary: RotaryRows;
  readonly signal: AbortSignal;
}

export async function openContext(
  model: ModelSource,
  plan: GenerationPlan,
  options: { readonly threads: number; readonly scaling: LayerScaling; readonly signal: AbortSignal },
): Promise<GenerationContext> {
  const { spec } = model;
  return {
    spec,
    plan,
    layers: new (plan.resident ? ResidentLayers : StreamedLayers)(model, options.scaling),
    head: await HeadWeights.open(model, plan),
    cache: new KvCache(spec, plan.slots, plan.capacity),
    programs: new ProgramCache({ threads: options.threads }),
    scratch: new Scratch(),
    positions: new PositionTables(spec),
    rotary: new RotaryRows(spec, plan.capacity),
    signal: options.signal,
  };
}
