import type { ModelSource } from '../formats/modelDirectory';
import type { Tensor } from '../ort/runtime';
import { scaleEmbedding } from '../stream/forwardPass';
import { readGain } from '../stream/layerWeights';
import type { GenerationPlan } from './generationPlan';

/** Both ends of the model: rows of the embedding going in, the final norm and the head matrix coming out. */
export class HeadWeights {
  private constructor(
    private readonly model: ModelSource,
    private readonly rows: number,
    /** The whole matrix, or room for `rows` rows of it; empty where a `HeldModel` has it. */
    private readonly matrix: Float32Array,
    readonly gain: Tensor,
  ) {}

  static async open(model: ModelSource, { headRows, resident }: GenerationPlan): Promise<HeadWeights> {
    const { hiddenSize, vocabSize, finalNorm, head } = model.spec;
    const gain = new Float32Array(hiddenSize);
    await readGain(model, finalNorm, gain);
    const matrix = new Float32Array(resident ? 0 : headRows * hiddenSize);
    if (headRows === vocabSize && !resident) await model.readFloat32(head, matrix);
    return new HeadWeights(model, headRows, matrix, { data: gain, dims: [hiddenSize] });
  }

  private get isWhole(): boolean {
    const { hiddenSize, vocabSize } = this.model.spec;
    return this.matrix.length === vocabSize * hiddenSize;
  }

  /** The head matrix in chunks of rows, each valid until the next is asked for. */
  async *chunks(): AsyncGenerator<{ readonly firstRow: number; readonly weight: Tensor }> {
    const { hiddenSize, vocabSize, head } = this.model.spec;
    for (let firstRow = 0; firstRow < vocabSize; firstRow += this.rows) {
      const rows = Math.min(this.rows, vocabSize - firstRow);
      const data = this.matrix.subarray(0, rows * hiddenSize);
      if (!this.isWhole) await this.model.readFloat32(head, data, firstRow * hiddenSize);
      yield { firstRow, weight: { data, dims: [rows, hiddenSize] } };
    }
  }

  /** Rows of the embedding, one a token, into `into` [tokens, hidden]. */
  async embed(tokens: readonly number[], into: Float32Array): Promise<void> {
    const { embedding, head, hiddenSize } = this.model.spec;
    if (!this.isWhole || embedding !== head) await this.model.readRows(embedding, tokens, into);
    else {
      tokens.forEach((token, row) => {
        into.set(this.matrix.subarray(token * hiddenSize, (token + 1) * hiddenSize), row * hiddenSize);
      });
    }
    scaleEmbedding(this.model.spec, into);
  }
}
