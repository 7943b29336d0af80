/** What the HTML report of an overlap is made from. */
import * as z from 'zod';
import type { OverlapReport } from '../masks/overlapReport';
import type { Manifest } from '../run/manifest';
import type { Summary } from '../run/summary';

export interface ReportInput {
  readonly overlap: OverlapReport;
  readonly runs: readonly ReportRun[];
}

export interface ReportRun {
  /** Name of its folder. */
  readonly name: string;
  readonly path: string;
  readonly manifest: Manifest;
  /** null while it is not finished. */
  readonly summary: Summary | null;
  readonly layers: readonly LayerCurves[];
  readonly neurons: readonly NeuronSizes[];
}

const numbers = z.array(z.number());
const curve = z.object({ mean: numbers, sd: numbers });
const interval = z.tuple([z.number(), z.number()]);
const sweep = z.array(z.object({ bound: z.number(), refused: z.number() }));

/** Of reports/safeLayer/<dataset>.json, what is drawn. */
export const layerCurvesSchema = z.object({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  curves: z.object({ uu: curve, uh: curve }),
  angle: z.object({ paper: numbers, code: numbers }),
  angleDefinition: z.enum(['paper', 'code']),
  standardError: numbers,
  candidate: interval.nullable(),
  range: interval.nullable(),
  interval: interval.nullable(),
  alpha: z.object({ chosen: z.number().nullable() }).nullable(),
  sweeps: z.object({ upper: sweep, lower: sweep }).nullable(),
  items: z.number().nullable(),
  baselineRefused: z.number().nullable(),
});
export type LayerCurves = z.output<typeof layerCurvesSchema>;

const neuronType = z.object({
  neurons: z.number(),
  keptPerPrompt: z.number(),
  size: z.number(),
  expectedAtRandom: z.number(),
});

/** Of reports/safeNeuron/<dataset>.json, what is drawn. */
export const neuronSizesSchema = z.object({
  schemaVersion: z.literal(1),
  dataset: z.string(),
  layers: z.array(z.object({ layer: z.number(), types: z.record(z.string(), neuronType) })),
});
export type NeuronSizes = z.output<typeof neuronSizesSchema>;
