import { inputError } from '../../protocol/errors';
import { openOnnxFile, type OnnxFile } from '../ort/onnxFile';
import type { BatchStates, EncoderBackend, TokenBatch } from './sentenceEncoder';

const BATCH_TEXTS = 16;
const KNOWN_INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);
const OUTPUTS = ['last_hidden_state', 'token_embeddings'];

/** An encoder exported to ONNX: input_ids, attention_mask [, token_type_ids] -> last_hidden_state. */
export class OnnxBackend implements EncoderBackend {
  readonly format = 'onnx';
  readonly batchTexts = BATCH_TEXTS;
  readonly vocabSize = null;

  private constructor(
    private readonly file: string,
    private readonly model: OnnxFile,
    private readonly output: string,
    readonly maxPositions: number,
  ) {}

  /** @throws input errors `encoder-invalid`, `encoder-unsupported` */
  static async open(file: string, maxPositions: number, threads: number): Promise<OnnxBackend> {
    const model = await openOnnxFile(file, { threads });
    const output = OUTPUTS.find((name) => model.outputNames.includes(name));
    const unknown = model.inputNames.find((name) => !KNOWN_INPUTS.has(name));
    if (output === undefined || unknown !== undefined || !model.inputNames.includes('input_ids')) {
      await model.release();
      throw inputError(
        'encoder-unsupported',
        `${file} has the inputs ${model.inputNames.join(', ')} and the outputs ${model.outputNames.join(', ')}.`,
        'Export it with input_ids, attention_mask, token_type_ids and last_hidden_state.',
      );
    }
    return new OnnxBackend(file, model, output, maxPositions);
  }

  async encode({ ids, length, counts }: TokenBatch): Promise<BatchStates> {
    const dims = [counts.length, length];
    const all = {
      input_ids: BigInt64Array.from(ids, BigInt),
      attention_mask: BigInt64Array.from(ids, (_, i) =>
        // A row of padding alone attends to its first token: nobody looks at it, and it must be finite.
        i % length < Math.max(1, counts[Math.floor(i / length)] ?? 0) ? 1n : 0n,
      ),
      token_type_ids: new BigInt64Array(ids.length),
    };
    const feeds = Object.fromEntries(
      Object.entries(all)
        .filter(([name]) => this.model.inputNames.includes(name))
        .map(([name, data]) => [name, { data, dims }]),
    );
    const { data, dims: found } = await this.model.run(feeds, this.output);
    const width = found[2] ?? 0;
    if (found.length !== 3 || found[0] !== counts.length || found[1] !== length || width < 1) {
      throw inputError(
        'encoder-output',
        `${this.file}: '${this.output}' is [${found.join(', ')}] for ${counts.length} texts of ${length} tokens.`,
        'Export the encoder with last_hidden_state, [texts, tokens, width].',
      );
    }
    return { data, width };
  }

  close(): Promise<void> {
    return this.model.release();
  }
}
