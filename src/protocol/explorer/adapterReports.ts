/** Query `adapterReports`: what NLSR left beside its regions (reports/nlsr/<dataset>.json). */
import * as z from 'zod/mini';
import { count } from './checks';
import { contract } from './queryContract';
import { runPlace } from './runPlace';

const share = z.number().check(z.minimum(0), z.maximum(1));
const size = z.object({ size: count, universe: count, density: z.nullable(share) });

/** One adapted matrix of the model. Sizes are weights; energies the share of ||Y||^2 in the directions kept. */
const module = z.object({
  /** Of the matrix that is adapted, as Hugging Face has it. */
  param: z.string(),
  rank: count,
  /** alpha / rank */
  scale: z.number(),
  /** Asked for. */
  directions: count,
  keptA: count,
  energyA: z.number(),
  keptB: count,
  energyB: z.number(),
  sizeA: count,
  sizeB: count,
  universeA: count,
  universeB: count,
  gaugeFreeSize: z.nullable(count),
});
export type AdapterModuleView = z.infer<typeof module>;

export const adapterReport = z.object({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  prompts: count,
  responseTokens: count,
  adapter: z.string(),
  settings: z.record(z.string(), z.unknown()),
  sizes: z.object({ A: size, B: size, pooled: size }),
  gaugeFree: z.nullable(size),
  modules: z.array(module),
  warnings: z.array(z.string()),
});
export type AdapterReportView = z.infer<typeof adapterReport>;

export const adapterReports = contract(runPlace, z.object({ reports: z.array(adapterReport) }));
