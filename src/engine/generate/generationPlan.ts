import { groupRows, type DecoderSpec } from '../../core/model/decoderSpec';
import { engineError } from '../../protocol/errors';
import { layerBytes } from '../stream/layerWeights';
import { cacheBytes } from './kvCache';

/** More samples at a time gain little once products are bound by arithmetic, not by reading the weights. */
const MAX_RESIDENT_SLOTS = 64;
/** Streamed, every sweep over the layers reads the whole model: as many samples as there is room for. */
const MAX_STREAMED_SLOTS = 512;
/** Weights stay in memory if so many samples have room beside them. */
const MIN_RESIDENT_SLOTS = 4;
/**
 * What loading takes at its peak, over the bytes of the weights in float32: joined and converted matrices, until they
 * are packed. Measured: 1.5 from bfloat16, 1.35 from float32 (SmolLM2-135M).
 */
const LOADING = 1.6;
/** Elements of the head matrix multiplied at a time where it is not in memory as a whole. */
const HEAD_CHUNK_ELEMENTS = 1 << 23;

export interface GenerationPlan {
  /** All weights in memory, or one layer and a chunk of the head at a time. */
  readonly resident: boolean;
  /** Samples that are decoded together. */
  readonly slots: number;
  /** Positions that the cache holds of each. */
  readonly capacity: number;
  /** Rows of the head matrix multiplied at a time. */
  readonly headRows: number;
  /** Rows (tokens, padding included) of a prompt batch. */
  readonly prefillRows: number;
  readonly bytes: number;
}

/**
 * @param capacity positions of the longest sample, prompt and answer
 * @param longestPrompt padded
 * @throws ToolError generate-memory where not even one sample and one layer fit
 */
export function planGeneration(
  spec: DecoderSpec,
  request: { readonly prompts: number; readonly capacity: number; readonly longestPrompt: number },
  memoryBudgetBytes: number,
): GenerationPlan {
  const { prompts, capacity, longestPrompt } = request;
  const prefillRows = Math.max(512, longestPrompt);
  const widest = spec.groups.reduce((sum, group) => sum + groupRows(group) + group.inFeatures, 0);
  const fixed = 4 * (prefillRows * widest + spec.heads * prefillRows * Math.max(2 * longestPrompt, capacity));
  const option = (resident: boolean): GenerationPlan & { readonly fits: number } => {
    const headRows = resident
      ? spec.vocabSize
      : Math.min(spec.vocabSize, Math.max(1, Math.floor(HEAD_CHUNK_ELEMENTS / spec.hiddenSize)));
    const held = (resident ? spec.layers : 1) * layerBytes(spec) + headRows * spec.hiddenSize * 4;
    const weights = resident ? held * LOADING : held;
    // Cache, logits, intermediate rows of decoding, and streamed the prompt's hidden states, which all layers pass.
    const slot = cacheBytes(spec, capacity) + 4 * (headRows + widest + 2 * longestPrompt * spec.hiddenSize);
    const fits = Math.floor((memoryBudgetBytes - fixed - weights) / slot);
    const slots = Math.max(1, Math.min(prompts, fits, resident ? MAX_RESIDENT_SLOTS : MAX_STREAMED_SLOTS));
    return {
      resident,
      slots,
      capacity,
      headRows,
      prefillRows,
      fits,
      bytes: fixed + weights + slots * slot,
    };
  };
  const resident = option(true);
  if (resident.fits >= Math.min(prompts, MIN_RESIDENT_SLOTS)) return resident;
  const streamed = option(false);
  if (streamed.fits >= 1) return streamed;
  throw engineError(
    'generate-memory',
    `Generating answers needs ${megabytes(streamed.bytes)} of memory at least; ${megabytes(memoryBudgetBytes)} may be used.`,
    'Close other programs, or ask for shorter prompts or answers.',
  );
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
