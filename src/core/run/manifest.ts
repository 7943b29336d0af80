/** run.json: what a run was asked to do, with what, written before anything else. */
import * as z from 'zod';
import { resolveExperiment } from './experiment';
import { experimentSchema } from './experimentSchema';
import { safeRelativePath } from './safeRelativePath';

export const MANIFEST_VERSION = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().gte(0);

/** The fields of `DatasetReport` (sample.ts). */
export const datasetReportSchema = z.object({
  files: z.array(z.string()),
  rows: count,
  matched: count,
  sampled: count,
  duplicatePrompts: count,
  truncated: count,
  promptField: z.string(),
  responseField: z.string().nullable(),
  categoryField: z.string().nullable(),
  detected: z.boolean(),
  warnings: z.array(z.string()),
});

export const manifestSchema = z.object({
  schemaVersion: z.literal(MANIFEST_VERSION),
  /** ISO 8601, UTC. */
  createdAt: z.iso.datetime(),
  /** Defaults filled in. */
  experiment: experimentSchema.transform(resolveExperiment),
  /** Absolute; the experiment's relative paths start from its folder. */
  experimentFile: z.string(),
  model: z.object({
    /** As the experiment names it. */
    reference: z.string(),
    /** Absolute. */
    directory: z.string(),
    modelType: z.string(),
    parameters: count,
    /** File name inside the directory -> SHA-256. */
    files: z.record(safeRelativePath, sha256),
  }),
  /** Those that a method was about; older runs say nothing of them. */
  adapters: z
    .array(
      z.object({
        /** As the experiment names it. */
        reference: z.string(),
        /** Absolute. */
        directory: z.string(),
        files: z.record(safeRelativePath, sha256),
      }),
    )
    .optional(),
  /** This tool, Node, ONNX Runtime, ... */
  versions: z.record(z.string(), z.string()),
  /** The one that 'auto' was resolved to. */
  provider: z.string(),
  threads: count,
  seed: count,
  /** By dataset id, utility included. */
  datasets: z.record(z.string(), datasetReportSchema),
  /** Groups, buckets and micro-batches: resume must use the same, so that sums are taken in the same order. */
  plan: z.record(z.string(), z.unknown()),
  /** Settings that the user left to the program, and their values. Runs of older versions have none. */
  defaults: z.record(z.string(), z.unknown()).optional(),
});

export type Manifest = z.output<typeof manifestSchema>;
