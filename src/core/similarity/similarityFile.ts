/** reports/similarity.json of a run: how alike the prompts of its datasets are, whatever the regions. */
import * as z from 'zod';

export const SIMILARITY_VERSION = 1;

const count = z.int().gte(0);
const matrix = z.array(z.array(z.number().nullable()));
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const similaritySourceSchema = z.discriminatedUnion('kind', [
  z.object({
    /** A sentence encoder of the user's. */
    kind: z.literal('encoder'),
    name: z.string(),
    format: z.enum(['safetensors', 'onnx']),
    pooling: z.enum(['mean', 'cls']),
    /** Longer prompts are cut, special tokens included. */
    maxTokens: count,
    /** File name -> SHA-256. */
    files: z.record(z.string(), sha256),
  }),
  z.object({
    /** The model whose regions are identified: mean of a middle layer's states over the tokens of a prompt. */
    kind: z.literal('model'),
    name: z.string(),
    /** As hidden_states counts: the output of this many of `layers` blocks. */
    layer: count,
    layers: count,
    pooling: z.literal('mean'),
    files: z.record(z.string(), sha256),
  }),
]);

export const similaritySchema = z.object({
  schemaVersion: z.literal(SIMILARITY_VERSION),
  source: similaritySourceSchema,
  /** Identification sets in the order of the experiment, then utility. */
  datasets: z.array(
    z.object({
      id: z.string(),
      role: z.enum(['identification', 'utility']),
      kind: z.enum(['multi', 'single']).nullable(),
      samples: count,
      /** Prompts that were cut for the encoder. */
      cut: count,
      /** Mean number of tokens that were fed, template included. */
      promptTokens: z.number(),
      responseTokens: z.number(),
      /** Mean of the embeddings, each brought to length 1 before (METHODS 2.5). */
      centroid: z.array(z.number()),
      /** First 16 hexadecimal digits of the SHA-256 of each prompt, case and spacing evened out; sorted. */
      promptHashes: z.array(z.string()),
    }),
  ),
  /** Between centroids, in the order of `datasets`; null where a centroid has no direction. */
  cosine: matrix,
  /** Different prompts that two sets share, and their share of the different prompts of either. */
  promptOverlap: z.object({ shared: z.array(z.array(count)), jaccard: matrix }),
});

export type SimilaritySource = z.output<typeof similaritySourceSchema>;
export type SimilarityFile = z.output<typeof similaritySchema>;
export type SimilarDataset = SimilarityFile['datasets'][number];
