import type { Dtype } from '../../core/formats/dtype';
import { shown } from '../../core/formats/jsonScanner';
import { inputError } from '../../protocol/errors';
import { openSafetensors, type SafetensorsFile } from '../../store/safetensorsFile';
import { expandBfloat16, expandFloat16 } from './floatConversion';
import type { ModelFiles } from '../../store/models/modelFiles';

export interface TensorInfo {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Absolute path of the file that holds it, and its byte range there. */
  readonly file: string;
  readonly begin: number;
  readonly end: number;
}

/** Elements converted at a time: read by one thread while the ones before are converted, in cache, by another. */
const CHUNK_ELEMENTS = 1 << 19;
const ROWS_AT_ONCE = 16;
const DOWNLOAD = 'Download the model again, with all of its files.';

/** The tensors of one model, in one file or in shards. */
export class ModelWeights {
  private constructor(
    private readonly files: ReadonlyMap<string, SafetensorsFile>,
    private readonly shardOf: ReadonlyMap<string, string> | null,
  ) {}

  /** @throws ToolError of `openSafetensors` */
  static async open({ weights, shardOf }: ModelFiles): Promise<ModelWeights> {
    const files = new Map<string, SafetensorsFile>();
    try {
      for (const { name, path } of weights) files.set(name, await openSafetensors(path));
    } catch (thrown) {
      await closeAll(files);
      throw thrown;
    }
    return new ModelWeights(files, shardOf);
  }

  /** Of all files, in their order. */
  *names(): Generator<string> {
    for (const { tensors } of this.files.values()) yield* tensors.keys();
  }

  has(name: string): boolean {
    const shard = this.shardOf ? this.shardOf.get(name) : [...this.files.keys()][0];
    return this.files.get(shard ?? '')?.tensors.has(name) ?? false;
  }

  /** @throws ToolError tensor-missing */
  info(name: string): TensorInfo {
    const file = this.fileOf(name);
    return { ...file.tensor(name), file: file.path };
  }

  /**
   * Fills `into` with elements from `firstElement` on (row-major), as float32. Calls may run side by side.
   * @throws ToolError tensor-missing, tensor-dtype; RangeError past the tensor's end
   */
  async readFloat32(name: string, into: Float32Array, firstElement = 0): Promise<void> {
    const file = this.fileOf(name);
    const { dtype } = file.tensor(name);
    if (dtype === 'F32') {
      await file.readBytes(
        name,
        new Uint8Array(into.buffer, into.byteOffset, into.byteLength),
        firstElement * 4,
      );
      return;
    }
    if (dtype !== 'F16' && dtype !== 'BF16') throw dtypeError(file.path, name, dtype);
    const expand = dtype === 'F16' ? expandFloat16 : expandBfloat16;
    const read = async (start: number): Promise<() => void> => {
      // 16-bit elements are read into the second half of the memory that they will fill: no buffer of their own.
      const count = Math.min(CHUNK_ELEMENTS, into.length - start);
      const offset = into.byteOffset + start * 4;
      const halves = new Uint16Array(into.buffer, offset + count * 2, count);
      const bytes = new Uint8Array(into.buffer, halves.byteOffset, halves.byteLength);
      await file.readBytes(name, bytes, (firstElement + start) * 2);
      return () => expand(halves, new Uint32Array(into.buffer, offset, count));
    };
    let pending = read(0);
    for (let next = CHUNK_ELEMENTS; next < into.length; next += CHUNK_ELEMENTS) {
      const convert = await pending;
      pending = read(next);
      convert();
    }
    (await pending)();
  }

  /**
   * Gathers rows of a matrix: row j of `into` (row-major, rowIndices.length x columns) is row rowIndices[j].
   * @throws ToolError as `readFloat32`; RangeError where an index or the length of `into` does not fit
   */
  async readRows(name: string, rowIndices: ArrayLike<number>, into: Float32Array): Promise<void> {
    const [rows = 0, columns = 0, ...rest] = this.fileOf(name).tensor(name).shape;
    if (rest.length > 0 || into.length !== rowIndices.length * columns) {
      throw new RangeError(
        `${shown(name)}: ${rowIndices.length} rows do not fit into ${into.length} elements`,
      );
    }
    // Texts repeat their tokens: each row is read once.
    const targets = new Map<number, number[]>();
    for (let target = 0; target < rowIndices.length; target++) {
      const row = rowIndices[target] as number;
      if (!Number.isInteger(row) || row < 0 || row >= rows) {
        throw new RangeError(`${shown(name)} has ${rows} rows, not ${row}`);
      }
      const known = targets.get(row);
      if (known) known.push(target);
      else targets.set(row, [target]);
    }
    const waiting = [...targets];
    const worker = async (): Promise<void> => {
      for (let next; (next = waiting.pop());) {
        const [row, [first = 0, ...others]] = next;
        await this.readFloat32(name, into.subarray(first * columns, (first + 1) * columns), row * columns);
        for (const other of others) into.copyWithin(other * columns, first * columns, (first + 1) * columns);
      }
    };
    await Promise.all(Array.from({ length: ROWS_AT_ONCE }, worker));
  }

  /**
   * @throws ToolError tensor-missing, tensor-shape, tensor-dtype where a parameter cannot be used as the config says
   */
  check(name: string, shape: readonly number[]): void {
    const file = this.fileOf(name);
    const found = file.tensor(name);
    if (found.dtype !== 'F32' && found.dtype !== 'F16' && found.dtype !== 'BF16') {
      throw dtypeError(file.path, name, found.dtype);
    }
    if (found.shape.length !== shape.length || shape.some((size, axis) => size !== found.shape[axis])) {
      throw inputError(
        'tensor-shape',
        `${file.path}: ${name} has the shape [${found.shape.join(', ')}], config.json asks for [${shape.join(', ')}].`,
        'Use the config.json that came with the weights.',
      );
    }
  }

  async close(): Promise<void> {
    await closeAll(this.files);
  }

  private fileOf(name: string): SafetensorsFile {
    const [first] = this.files.values();
    const file = this.shardOf ? this.files.get(this.shardOf.get(name) ?? '') : first;
    if (file?.tensors.has(name)) return file;
    const place = file?.path ?? `${first?.path ?? ''} and the other shards`;
    throw inputError('tensor-missing', `${place}: the parameter ${shown(name)} is missing.`, DOWNLOAD);
  }
}

const dtypeError = (path: string, name: string, dtype: Dtype): Error =>
  inputError(
    'tensor-dtype',
    `${path}: ${name} is ${dtype}; weights are read as F32, F16 or BF16.`,
    'Use the model without quantisation.',
  );

async function closeAll(files: ReadonlyMap<string, SafetensorsFile>): Promise<void> {
  for (const file of files.values()) await file.close();
}
