import type { SimilaritySource } from '../../core/similarity/similarityFile';

/** Token ids of texts, padded on the right to one length. */
export interface TokenBatch {
  readonly length: number;
  /** Row-major [texts, length]; 0 where padded. */
  readonly ids: Int32Array;
  /** Tokens of each text; those after it are padding. */
  readonly counts: readonly number[];
}

/** Last hidden states of a batch, row-major [texts, length, width]; padded rows hold anything finite. */
export interface BatchStates {
  readonly data: Float32Array;
  readonly width: number;
}

/** What turns tokens into states; pooling and all else is the same for every format. */
export interface EncoderBackend {
  readonly format: 'safetensors' | 'onnx';
  /** Texts a batch has, and what lengths are rounded up to: the fewer shapes, the fewer compiled graphs. */
  readonly batchTexts: number;
  readonly maxPositions: number;
  /** Ids are below this; null where only the file knows. */
  readonly vocabSize: number | null;
  encode(batch: TokenBatch, signal: AbortSignal): Promise<BatchStates>;
  close(): Promise<void>;
}

export interface SentenceEncoder {
  readonly source: Extract<SimilaritySource, { kind: 'encoder' }>;
  /**
   * Embeddings of the texts in their order, each of length 1, and how many texts were cut.
   * @throws ToolError cancelled, token-out-of-range, encoder-output and those of the runtime
   */
  embed(
    texts: readonly string[],
    options: { readonly signal: AbortSignal; readonly onProgress?: (finished: number) => void },
  ): Promise<{ readonly embeddings: Float32Array[]; readonly cut: boolean[] }>;
  close(): Promise<void>;
}
