/** summary.json: what came of a run, written after everything else; its presence means 'done'. */
import * as z from 'zod';
import { answerReportSchema } from './answerReport';
import { safeRelativePath } from './safeRelativePath';

export const SUMMARY_VERSION = 1;

const count = z.int().gte(0);

export const regionSummarySchema = z.object({
  method: z.string(),
  dataset: z.string(),
  role: z.enum(['identification', 'utility']),
  /** null where the method asks for no share. */
  requestedFraction: z.number().nullable(),
  /** What the share was taken of; null outside SNIP and Wanda. */
  scope: z.enum(['row', 'matrix', 'model']).nullable(),
  unit: z.enum(['weight', 'neuron', 'layer']).default('weight'),
  /** Prompts that it was identified from. */
  prompts: count.nullable().default(null),
  /** The method's settings that were in effect, `mode` among them. */
  settings: z.record(z.string(), z.unknown()).default({}),
  /** Units in the region, and all units it was chosen from. */
  size: count,
  universe: count,
  /** size / universe. */
  density: z.number(),
});

export const summarySchema = z.object({
  schemaVersion: z.literal(SUMMARY_VERSION),
  /** ISO 8601, UTC. */
  finishedAt: z.iso.datetime(),
  regions: z.array(regionSummarySchema),
  /** Mean negative log-likelihood of the response tokens (nats), by dataset id; null where it is not finite. */
  losses: z.record(
    z.string(),
    z.object({ mean: z.number().nullable(), perSample: z.array(z.number().nullable()) }),
  ),
  /** By dataset id, where the model itself answered. */
  answers: z.record(z.string(), answerReportSchema).optional(),
  /** Phase -> seconds. */
  timings: z.record(z.string(), z.number()),
  peakMemoryBytes: count.nullable(),
  /** How often the run was gone on with after an interruption. */
  resumed: count,
  /** Every other file of the run, relative, with '/' -> SHA-256. */
  files: z.record(safeRelativePath, z.string().regex(/^[0-9a-f]{64}$/)),
  warnings: z.array(z.string()),
  /** Settings that the user left to the program, and what they came to. */
  defaults: z.record(z.string(), z.unknown()),
});

export type RegionSummary = z.output<typeof regionSummarySchema>;
export type Summary = z.output<typeof summarySchema>;
/** What the engine knows; the rest is added when the files are hashed. */
export type SummaryContent = Omit<Summary, 'schemaVersion' | 'finishedAt' | 'files'>;
