import path from 'node:path';
import { CheckedConfig } from '../../core/model/checkedConfig';
import { cancelledError } from '../../protocol/errors';
import { readModelFiles } from '../../store/models/modelFiles';
import { locateModel } from '../../store/models/modelReference';
import { ModelWeights } from '../formats/modelWeights';
import type { Tensor } from '../ort/runtime';
import { ProgramCache } from '../stream/programCache';
import { bertEmbedding, bertLayer } from './bertGraphs';
import { describeBert, embeddingNames, layerParameters, type BertSpec } from './bertSpec';
import type { BatchStates, EncoderBackend, TokenBatch } from './sentenceEncoder';

const BATCH_TEXTS = 16;
/** -Infinity would do as well, but for rows that are padding alone: they must stay finite. */
const MASKED = -1e30;

/** A BERT encoder in safetensors, its layers' weights held in float32 (an encoder is small beside the studied model). */
export class BertBackend implements EncoderBackend {
  readonly format = 'safetensors';
  readonly batchTexts = BATCH_TEXTS;
  private readonly programs: ProgramCache;
  private readonly held = new Map<string, Tensor>();

  private constructor(
    private readonly spec: BertSpec,
    private readonly weights: ModelWeights,
    threads: number,
  ) {
    this.programs = new ProgramCache({ threads });
  }

  /** @throws ToolError of `readModelFiles`, `describeBert` and `openSafetensors` */
  static async open(directory: string, threads: number): Promise<BertBackend> {
    const files = await readModelFiles(await locateModel(path.resolve(directory), '/', directory));
    const weights = await ModelWeights.open(files);
    try {
      const config = CheckedConfig.of(files.config, path.join(directory, 'config.json'));
      return new BertBackend(describeBert(config, weights), weights, threads);
    } catch (thrown) {
      await weights.close();
      throw thrown;
    }
  }

  get maxPositions(): number {
    return this.spec.maxPositions;
  }

  get vocabSize(): number {
    return this.spec.vocabSize;
  }

  async encode(batch: TokenBatch, signal: AbortSignal): Promise<BatchStates> {
    const { spec, programs } = this;
    const { length, counts } = batch;
    const texts = counts.length;
    const [rows, width] = [texts * length, spec.hiddenSize];
    const tensor = (data: Float32Array): Tensor => ({ data, dims: [rows, width] });
    let x = await this.embeddings(batch);
    let y = new Float32Array(x.length);
    const { gain, bias } = embeddingNames(spec);
    const embedding = await programs.get(`embedding ${rows}`, () => bertEmbedding(spec, rows));
    const norms = { gain: await this.hold(gain, [width]), bias: await this.hold(bias, [width]) };
    await embedding.run({ x: tensor(x), ...norms }, { y: tensor(y) });
    const mask = { data: maskOf(batch), dims: [texts, 1, 1, length] };
    const program = await programs.get(`layer ${texts} ${length}`, () => bertLayer(spec, texts, length));
    for (let layer = 0; layer < spec.layers; layer++) {
      if (signal.aborted) throw cancelledError();
      [x, y] = [y, x];
      const feeds: Record<string, Tensor> = {};
      for (const [input, [name, shape]] of layerParameters(spec, layer)) {
        feeds[input] = await this.hold(name, shape);
      }
      await program.run({ x: tensor(x), mask, ...feeds }, { y: tensor(y) });
    }
    return { data: y, width };
  }

  async close(): Promise<void> {
    await this.programs.release();
    await this.weights.close();
  }

  /** word + position + type 0, all by rows. */
  private async embeddings({ ids, length, counts }: TokenBatch): Promise<Float32Array<ArrayBuffer>> {
    const width = this.spec.hiddenSize;
    const { word, position, type } = embeddingNames(this.spec);
    const x = new Float32Array(ids.length * width);
    await this.weights.readRows(word, ids, x);
    const positions = new Float32Array(length * width);
    await this.weights.readFloat32(position, positions);
    const first = new Float32Array(width);
    await this.weights.readFloat32(type, first);
    for (let text = 0; text < counts.length; text++) {
      const begin = text * length * width;
      for (let i = 0; i < positions.length; i++) {
        x[begin + i] = (x[begin + i] ?? 0) + (positions[i] ?? 0) + (first[i % width] ?? 0);
      }
    }
    return x;
  }

  private async hold(name: string, shape: readonly number[]): Promise<Tensor> {
    const known = this.held.get(name);
    if (known) return known;
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    await this.weights.readFloat32(name, data);
    const tensor = { data, dims: shape };
    this.held.set(name, tensor);
    return tensor;
  }
}

function maskOf({ counts, length }: TokenBatch): Float32Array {
  const mask = new Float32Array(counts.length * length);
  counts.forEach((count, text) => mask.fill(MASKED, text * length + count, (text + 1) * length));
  return mask;
}
