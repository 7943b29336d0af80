/**
 * Messages between the extension host and the Overlap Explorer webview: one discriminated union a direction. Either
 * side checks what comes in, so the schemas are the source and the types are inferred.
 */
import * as z from 'zod/mini';

// zod otherwise compiles parsers with `new Function`, which the webview's content security policy forbids.
z.config({ jitless: true });

const count = z.number().check(z.nonnegative());
/** An IoU, or null where the union is empty and the ratio is undefined. */
const ratio = z.nullable(z.number().check(z.minimum(0), z.maximum(1)));
const curve = z.array(ratio);
const matrix = z.array(curve);

/** One view of a method's regions: as selected, or after the utility region was taken away. */
const overlapView = z.object({
  /** Symmetric, in the order of `regions`. */
  pairwise: matrix,
  /** Expected IoU of random regions of the same densities, in the same order. */
  randomPairwise: matrix,
  /** n-way IoU for n = 1.. adding regions from the first on, or from the last on, with their random floors. */
  forward: curve,
  backward: curve,
  randomForward: curve,
  randomBackward: curve,
});
export type OverlapView = z.infer<typeof overlapView>;

const region = z.object({
  id: z.string(),
  /** Units in the region, and their share of the universe. */
  size: count,
  density: ratio,
  /** Units left after subtracting the utility region; null without one. */
  isolatedSize: z.nullable(count),
});
export type ExplorerRegion = z.infer<typeof region>;

const method = z.object({
  id: z.string(),
  title: z.string(),
  /** What one unit is: weight, neuron or layer. */
  unit: z.string(),
  universe: count,
  /** How regions were selected, one line for people; empty where unknown. */
  selection: z.string(),
  regions: z.array(region),
  utility: z.nullable(z.object({ id: z.string(), size: count })),
  /** What a reader should know, one sentence each. */
  notes: z.array(z.string()),
  plain: overlapView,
  isoUtility: z.nullable(overlapView),
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

const run = z.object({
  dir: z.string(),
  /** Further runs whose regions are in the same tables; left out: none. */
  comparedWith: z.optional(z.array(z.string())),
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
});
export type ExplorerRun = z.infer<typeof run>;

const toWebview = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loading'), name: z.string() }),
  z.object({ type: z.literal('run'), run }),
  /** `canResume`: the run is interrupted, so going on with it is the way out. */
  z.object({ type: z.literal('failed'), message: z.string(), mend: z.string(), canResume: z.boolean() }),
]);
export type ToWebview = z.infer<typeof toWebview>;

const toHost = z.discriminatedUnion('type', [
  /** The page listens: the host may send. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('reload') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('showLog') }),
  /** A fault inside the page, for the log. */
  z.object({ type: z.literal('fault'), message: z.string().check(z.maxLength(10_000)) }),
]);
export type ToHost = z.infer<typeof toHost>;

/** What the page keeps with `setState`; the host reads it when VS Code restores the panel after a reload. */
const explorerState = z.object({
  runDir: z.string(),
  comparedWith: z.optional(z.array(z.string())),
  isoUtility: z.boolean(),
  logScale: z.boolean(),
});
export type ExplorerState = z.infer<typeof explorerState>;

/** The message, or null where it is not one of ours: it is then dropped. */
const parser =
  <S extends z.ZodMiniType>(schema: S) =>
  (message: unknown): z.infer<S> | null => {
    const result = z.safeParse(schema, message);
    return result.success ? result.data : null;
  };

export const parseToWebview = parser(toWebview);
export const parseToHost = parser(toHost);
export const parseExplorerState = parser(explorerState);
