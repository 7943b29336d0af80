/** Query `layerReports`: what SafeLayer left beside its intervals (reports/safeLayer/<dataset>.json). */
import * as z from 'zod/mini';
import { count } from './checks';
import { contract } from './queryContract';
import { runPlace } from './runPlace';

const numbers = z.array(z.number());
const curve = z.object({ mean: numbers, sd: numbers });
const interval = z.tuple([count, count]);
const sweep = z.array(z.object({ bound: count, refused: count }));

/** By layer; angles in degrees. */
const curves = z.object({
  curves: z.object({ uu: curve, uh: curve }),
  angle: z.object({ paper: numbers, code: numbers }),
  standardError: numbers,
  candidate: z.nullable(interval),
});

/** The report as the run has it, but for the pairs of prompts. */
export const layerReport = z.extend(curves, {
  schemaVersion: z.literal(1),
  dataset: z.string(),
  utility: z.string(),
  layers: count,
  angleDefinition: z.enum(['paper', 'code']),
  range: z.nullable(interval),
  alpha: z.nullable(
    z.object({
      chosen: z.number(),
      tried: z.array(z.object({ alpha: z.number(), counts: z.array(count), sd: z.number() })),
      band: z.tuple([z.number(), z.number()]),
      outcome: z.enum(['given', 'reached', 'above', 'none']),
    }),
  ),
  sweeps: z.nullable(z.object({ upper: sweep, lower: sweep })),
  items: z.nullable(count),
  baselineRefused: z.nullable(count),
  judge: z.nullable(z.union([z.string(), z.object({ endpoint: z.string(), model: z.string() })])),
  agreementWithPhrases: z.nullable(
    z.object({ answers: count, equal: z.nullable(z.number()), kappa: z.nullable(z.number()) }),
  ),
  answers: z.array(
    z.object({
      interval: z.nullable(interval),
      alpha: z.number(),
      labels: z.object({ comply: count, partial: count, refuse: count, broken: count, unread: count }),
    }),
  ),
  interval: z.nullable(interval),
  depth: z.nullable(z.tuple([z.number(), z.number()])),
  sppft: z.nullable(z.tuple([z.int(), z.int()])),
  neighbours: z.array(z.object({ interval, refused: count })),
  bootstrap: z.array(z.object({ interval, share: z.number() })),
  control: z.nullable(z.extend(curves, { dataset: z.string() })),
  noOp: z.record(z.string(), z.boolean()),
  scaled: z.object({ weights: z.array(z.string()), gains: z.array(z.string()) }),
});
export type LayerReportView = z.infer<typeof layerReport>;

export const layerReports = contract(runPlace, z.object({ reports: z.array(layerReport) }));
