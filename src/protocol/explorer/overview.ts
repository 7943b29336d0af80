/** What the explorer knows of a run before it asks anything: its manifest and its summary, no counts of overlaps. */
import * as z from 'zod/mini';
import { count, ratio } from './checks';

/** What figures call one of several compared runs. */
const runLabel = z.object({
  /** A, B, C, ... */
  label: z.string(),
  /** Name of its folder. */
  folder: z.string(),
  /** ISO 8601 */
  startedAt: z.string(),
});
export type RunLabel = z.infer<typeof runLabel>;

const region = z.object({
  /** LABEL/ID where several runs are compared. */
  id: z.string(),
  /** Units in the region, and their share of the universe; null where the run does not say. */
  size: z.nullable(count),
  density: ratio,
});
export type ExplorerRegion = z.infer<typeof region>;

const method = z.object({
  id: z.string(),
  title: z.string(),
  /** What its region files hold; `lora`: weights of an adapter. */
  payload: z.enum(['weights', 'neurons', 'lora', 'layers']),
  /** What one unit is, for people: weight, adapter weight, neuron or layer. */
  unit: z.string(),
  /** Units that a region could have held; null where the run does not say. */
  universe: z.nullable(count),
  /** How regions were selected, one line for people; empty where unknown. */
  selection: z.string(),
  /** Without the utility region. */
  regions: z.array(region),
  /** Whether there is a utility region to subtract. */
  hasUtility: z.boolean(),
});
export type ExplorerMethod = z.infer<typeof method>;

const dataset = z.object({
  id: z.string(),
  role: z.enum(['identification', 'utility']),
  source: z.string(),
  /** Samples really fed; null where the run does not say. */
  samples: z.nullable(count),
});
export type ExplorerDataset = z.infer<typeof dataset>;

export const explorerRun = z.object({
  dir: z.string(),
  /** Further runs whose regions are in the same tables; left out: none. */
  comparedWith: z.optional(z.array(z.string())),
  /** Of all of them, the first one included. */
  labels: z.optional(z.array(runLabel)),
  name: z.string(),
  model: z.string(),
  /** ISO 8601, or empty where unknown. */
  startedAt: z.string(),
  /** Label and value pairs worth a line in the summary, in order. */
  facts: z.array(z.object({ label: z.string(), value: z.string() })),
  /** Warnings of the run, one sentence each. */
  notes: z.array(z.string()),
  datasets: z.array(dataset),
  methods: z.array(method),
  /** Whether the likeness of its datasets was measured. */
  hasSimilarity: z.boolean(),
});
export type ExplorerRun = z.infer<typeof explorerRun>;
