import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { ModelSource } from '../formats/modelDirectory';
import { PositionTables } from '../stream/passContext';
import { ProgramCache } from '../stream/programCache';
import { Scratch } from '../stream/scratch';
import type { GenerationPlan } from './generationPlan';
import { HeadWeights } from './headWeights';
import { HeldModel } from './heldModel';
import { KvCache } from './kvCache';
import { RotaryRows } from './rotaryRows';
import { StreamedLayers, type LayerScaling } from './layerSource';

/** What prefill and decoding work with; lives as long as one call of generateGreedy. */
export interface GenerationContext {
  readonly spec: DecoderSpec;
  readonly plan: GenerationPlan;
  /** Where the plan keeps the weights in memory. */
  readonly held: HeldModel | null;
  readonly layers: StreamedLayers;
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
  const cache = new KvCache(spec, plan.slots, plan.capacity);
  const rotary = new RotaryRows(spec, plan.capacity);
  return {
    spec,
    plan,
    held: plan.resident ? await HeldModel.open(model, { cache, rotary }, options) : null,
    layers: new StreamedLayers(model, options.scaling),
    head: await HeadWeights.open(model, plan),
    cache,
    programs: new ProgramCache({ threads: options.threads }),
    scratch: new Scratch(),
    positions: new PositionTables(spec),
    rotary,
    signal: options.signal,
  };
}
