/**
 * The experiment file (*.safety-region.json), once: the type, the check and the JSON Schema for editors all come
 * from these records. `parseExperiment` (experiment.ts) adds the rules that concern several fields at once.
 */
import * as z from 'zod';
import { judgeSettingsSchema } from '../judges/judgeSettings';
import { DEFAULT_JUDGE, JUDGES } from '../judges/registry';
import { WEIGHT_METHODS } from '../methods/registry';
import { NEURON_TYPES } from '../methods/safeNeuron';

/**
 * Ids become file names on every platform: no separators, no leading dot, no device of Windows, which nul.jsonl is
 * too. (Without the `i` flag: the JSON Schema has no place for flags.)
 */
export const SAFE_ID =
  /^(?!(?:[Cc][Oo][Nn]|[Pp][Rr][Nn]|[Aa][Uu][Xx]|[Nn][Uu][Ll]|[Cc][Oo][Mm]\d|[Ll][Pp][Tt]\d)(?:\.|$))[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;

const fieldPath = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const fraction = z.number().gt(0).lte(1);
const fractionOrNone = z.number().gte(0).lte(1);
const count = z.int().gte(1);

const JUDGE_IDS = JUDGES.map(({ id }) => id) as [string, ...string[]];

const responseShape = {
  source: z
    .enum(['dataset', 'model', 'fixed'])
    .describe("Where responses come from: the dataset's field, the model's own answers, or one fixed text."),
  text: z.string().nullable().describe("The response of source 'fixed', fed as it is: no space is added."),
  refusalsOnly: z.boolean().describe("Keep only refusing answers; concerns source 'model' alone."),
  maxNewTokens: count.describe("Longest answer of source 'model', in tokens."),
  judge: z.enum(JUDGE_IDS).describe("Which answers of source 'model' count as refusals."),
};

export const responsesSchema = z.strictObject({
  source: responseShape.source.default('dataset'),
  text: responseShape.text.default(null),
  refusalsOnly: responseShape.refusalsOnly.default(true),
  maxNewTokens: responseShape.maxNewTokens.default(64),
  judge: responseShape.judge.default(DEFAULT_JUDGE),
});

export const datasetSchema = z.strictObject({
  id: z.string().regex(SAFE_ID).describe('Names the region and its files: letters, digits, dot, _ and -.'),
  path: z
    .union(
      [z.string().min(1), z.array(z.string().min(1)).min(1)],
      'Expected a path, a glob or a list of them',
    )
    .describe(
      'File, glob or list of them, relative to this file: CSV, TSV, JSON, JSONL, TXT, Parquet or XLSX.',
    ),
  prompt: fieldPath
    .optional()
    .describe('Field (or JSON path) of the prompt; detected and recorded where left out.'),
  response: fieldPath.nullish().describe('Field (or JSON path) of the response; null: there is none.'),
  category: fieldPath.nullish().describe('Field of the category; $file, $key1 and $key2 work too.'),
  where: z
    .record(
      z.string().min(1),
      z.union([scalar, z.array(scalar).min(1)], 'Expected a value or a list of values'),
    )
    .nullish()
    .describe('Rows to keep: exact equality with any of the listed values, for all keys.'),
  kind: z.enum(['multi', 'single']).optional().describe('Whether the set holds several categories or one.'),
  responses: z
    .strictObject(responseShape)
    .partial()
    .optional()
    .describe("This set's own choice of responses; what it leaves out comes from the global one."),
  adapter: z
    .string()
    .min(1)
    .optional()
    .describe('PEFT adapter of this set alone, for NLSR: regions of different adapters hardly compare.'),
});

const WEIGHT_METHOD_IDS = WEIGHT_METHODS.map(({ id }) => id) as [string, ...string[]];

const weightFields = {
  topFraction: fraction.default(0.05).describe('q: share of the weights with the highest scores, in (0, 1].'),
  scope: z
    .enum(['row', 'matrix', 'model'])
    .default('row')
    .describe('What the share is taken of: each output row, each matrix, or all scored matrices together.'),
  utilityTopFraction: fractionOrNone
    .optional()
    .describe('p: the same for the utility set, in [0, 1]; equals topFraction where left out.'),
};
const mode = z
  .enum(['paper', 'code'])
  .default('paper')
  .describe("As the paper says, or as its authors' script does.");

export const methodSchema = z.discriminatedUnion('method', [
  // Methods that score weights share their settings, so that adding one needs no edit here.
  z.strictObject({
    method: z
      .enum(WEIGHT_METHOD_IDS)
      .describe('Scores single weights: SNIP by gradient, Wanda by input norm.')
      .meta({ enumDescriptions: WEIGHT_METHODS.map(({ description }) => description) }),
    ...weightFields,
  }),
  z.strictObject({
    method: z.literal('safeNeuron').describe('Neurons that change the output most when they are off.'),
    mode,
    keepFraction: fraction.default(0.1).describe('Share of the neurons kept for a prompt, in (0, 1].'),
    promptShare: fraction.default(1).describe('Share of the prompts a neuron must be kept for, in (0, 1].'),
    projections: z
      .array(z.enum(NEURON_TYPES))
      .min(1)
      .default([...NEURON_TYPES])
      .describe('Which neurons to look for; q and k take time that grows with the square of the length.'),
    excludeBos: z.boolean().default(false).describe('Leave the first position of a prompt out of all sums.'),
  }),
  z.strictObject({
    method: z
      .literal('safeLayer')
      .describe('An interval of layers in which harmful prompts part from others.'),
    pairs: count.default(500).describe('Pairs of prompts whose angles are averaged.'),
    alpha: z
      .union([z.literal('search'), z.number().gt(0)], 'Expected "search" or a number above 0')
      .default('search')
      .describe('Scale of the weights, or "search".'),
    maxNewTokens: count.default(16).describe('Length of the answers looked at for refusal, in tokens.'),
    direction: z
      .enum(['up', 'down'])
      .default('up')
      .describe('Where "search" goes from 1: 1.05, ... or 0.95, ...'),
    reach: z.number().gte(0.05).lt(1).default(0.3).describe('How far from 1 "search" goes.'),
    scaling: z
      .enum(['auto', 'weights'])
      .default('auto')
      .describe(
        "'auto' scales a norm's gain where the norm undoes a scaling of the weights; or weights only.",
      ),
    includeOutputProjection: z.boolean().default(true).describe('Whether o_proj is scaled too.'),
    range: z
      .tuple([z.int().gte(0), z.int().gte(0)])
      .nullable()
      .default(null)
      .describe('First and last layer to start from, in place of those proposed from the curves.'),
    sweep: z
      .enum(['full', 'none'])
      .optional()
      .describe("Whether both bounds are swept; left out: 'full' where there is an overRejection set."),
    candidates: count.default(5).describe('Candidates of each bound in the sweep.'),
    items: count.nullable().default(null).describe('Prompts drawn from overRejection; null: all.'),
    seed: z.int().gte(0).default(0).describe('Seed of the pairs and of the bootstrap.'),
    bootstrap: z.int().gte(0).default(1000).describe('Resamples of the overRejection prompts.'),
    control: datasetSchema
      .nullish()
      .describe('Second utility set: in place of a harmful one, it should give no interval.'),
    angle: z
      .enum(['paper', 'code'])
      .default('paper')
      .describe('Mean of the differences of angles, or difference of the angles of mean cosines.'),
    judge: judgeSettingsSchema.optional(),
  }),
  z.strictObject({
    method: z.literal('nlsr').describe('Weights of a LoRA adapter, from low-rank projections.'),
    mode,
    sparsity: fractionOrNone
      .default(0.8)
      .describe('Share of the directions, and of the weights of each matrix, that is left out, in [0, 1].'),
    blocks: z
      .enum(['sequential', 'independent'])
      .default('sequential')
      .describe('Whether later blocks see the projected adapter of earlier ones, or the adapter as it is.'),
    rankRule: z
      .enum(['paper', 'code'])
      .optional()
      .describe(
        'Directions kept: r (1 - sparsity), or r sparsity as the script has it; equals mode if left out.',
      ),
    extrapolation: z
      .number()
      .gte(0)
      .lte(100)
      .default(0.9)
      .describe(
        'beta: mode paper multiplies the update by 1 + beta, code both matrices by 2 beta; 0: neither.',
      ),
    gaugeFree: z
      .boolean()
      .default(true)
      .describe('Also a region on (alpha / r) B A, which no change of basis of the adapter alters.'),
  }),
]);

const samplingSchema = z.strictObject({
  count: count.default(128).describe('Samples drawn from every dataset.'),
  seed: z.int().gte(0).default(0).describe('Seed of the drawing.'),
  maxPromptTokens: count
    .default(256)
    .describe('Longest prompt; content beyond it is cut, never template tokens.'),
  maxResponseTokens: count.default(128).describe('Longest response; the rest is cut.'),
});

const budgetMiB = z.int().gte(1).nullable().default(null);
const engineSchema = z.strictObject({
  provider: z
    .enum(['auto', 'cpu', 'cuda', 'webgpu', 'dml', 'coreml'])
    .default('auto')
    .describe('Execution provider of ONNX Runtime.'),
  onProviderFailure: z
    .enum(['next', 'stop'])
    .default('next')
    .describe(
      'When the provider fails in a run (driver reset, crash, out of memory): next: go on after the last whole layer with the next one that works; stop: stop with an error; the run can be resumed.',
    ),
  threads: z.int().gte(0).lte(1024).default(0).describe('Threads; 0: one a core.'),
  scoreDtype: z.literal('float32').default('float32').describe('Type that scores are computed in.'),
  memoryBudgetMiB: budgetMiB.describe('Most memory to use, in MiB; null: what is free.'),
  diskBudgetMiB: budgetMiB.describe('Most space for boundary activations, in MiB; null: what is free.'),
});

const similaritySchema = z.strictObject({
  encoder: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      "Directory of a sentence encoder (BERT or MiniLM in safetensors, or model.onnx) that says how alike the datasets' prompts are; null: the studied model's middle layer.",
    ),
});

const replicatesSchema = z.strictObject({
  halves: z.boolean().default(true).describe('Regions of two halves of the samples: the ceiling of the IoU.'),
  jackknife: z
    .int()
    .gte(0)
    .lte(20)
    .refine((blocks) => blocks % 2 === 0, 'Expected an even number')
    .default(8)
    .describe('Blocks of samples left out one by one: intervals of the IoU; 0: none.'),
  secondDraw: z
    .boolean()
    .default(false)
    .describe(
      'Regions of as many other samples of each dataset: the ceiling of the IoU at the full number of samples; takes twice the rows.',
    ),
});

export const experimentSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; not used.'),
  schemaVersion: z.literal(1).describe('Version of this format.'),
  name: z.string().trim().min(1).max(200).describe("Name of the experiment; part of the run folder's name."),
  model: z
    .string()
    .min(1)
    .describe('Hugging Face directory relative to this file, "embedded:NAME", or "hub:org/name[@revision]".'),
  adapter: z
    .string()
    .min(1)
    .optional()
    .describe('PEFT adapter for NLSR: a directory, "embedded:NAME", or "hub:org/name[@revision]".'),
  datasets: z.array(datasetSchema).min(1).describe('One region is identified for each.'),
  utility: datasetSchema.nullish().describe('Set whose region is taken away for the isolated overlap.'),
  overRejection: datasetSchema.nullish().describe('Harmless prompts that look harmful, for SafeLayer.'),
  sampling: samplingSchema.prefault({}).describe('How many rows are drawn, and how long texts may be.'),
  responses: responsesSchema.prefault({}).describe('What is fed as the answer to each prompt.'),
  template: z
    .enum(['chat', 'none', 'alpaca', 'inst'])
    .default('chat')
    .describe("Prompt template: the model's own, none, Alpaca's, or [INST]."),
  methods: z.array(methodSchema).min(1).describe('Each gives a region for every dataset.'),
  similarity: similaritySchema.prefault({}).describe('How alike the datasets are, beside their overlap.'),
  replicates: replicatesSchema
    .nullable()
    .default(null)
    .describe(
      'Regions of parts of the samples (SNIP, Wanda and SafeNeuron), for floors and ceilings; null: none.',
    ),
  engine: engineSchema.prefault({}).describe('What it is computed on, and with how much of it.'),
});

/** JSON Schema (2020-12) of what a user may write: fields with defaults are optional. */
export function experimentJsonSchema(): Record<string, unknown> {
  return {
    title: 'Safety region experiment',
    ...z.toJSONSchema(experimentSchema, { io: 'input' }),
    allowComments: true,
    allowTrailingCommas: true,
  };
}
