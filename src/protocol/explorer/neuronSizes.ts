/** Query `neuronSizes`: how many neurons SafeNeuron found by layer and type (reports/safeNeuron/<dataset>.json). */
import * as z from 'zod/mini';
import { count } from './checks';
import { contract } from './queryContract';
import { runPlace } from './runPlace';

const ofType = z.object({
  neurons: count,
  keptPerPrompt: count,
  size: count,
  /** Had every prompt kept its neurons at random. */
  expectedAtRandom: z.number().check(z.nonnegative()),
});

export const neuronReport = z.object({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  settings: z.record(z.string(), z.unknown()),
  /** Types: q, k, v, o, ffn. */
  layers: z.array(z.object({ layer: count, types: z.record(z.string(), ofType) })),
});
export type NeuronReportView = z.infer<typeof neuronReport>;

export const neuronSizes = contract(runPlace, z.object({ reports: z.array(neuronReport) }));
