/** One stored region (CONTRACT section 4), whatever its payload: checked when it is opened, read a tensor at a time. */
import * as z from 'zod';
import { bitsetOf, bytesFor } from '../core/masks/bitset';
import type { MatrixLayout } from '../core/masks/expandMatrix';
import type { HeadSizes } from '../core/masks/headCut';
import type { ModulePart } from '../core/masks/overlap';
import type { MethodOverlap } from '../core/masks/overlapReport';
import { parseNeuronName } from '../core/model/unitNames';
import { inputError } from '../protocol/errors';
import { openSafetensors, type SafetensorsFile } from './safetensorsFile';

export const PAYLOADS = ['weights', 'neurons', 'lora', 'layers'] as const;
export type RegionPayload = MethodOverlap['payload'];

/** A tensor of the region in the region's own units. */
export interface RegionTensor {
  readonly name: string;
  readonly units: number;
  /** Weights in a row; 1 where a unit is more than one weight. */
  readonly columns: number;
  /** Canonical modules of a fused matrix, in units. */
  readonly parts?: readonly ModulePart[];
}

const shapesSchema = z.record(z.string(), z.array(z.int().gte(1)));
const partsSchema = z.record(
  z.string(),
  z.array(z.strictObject({ module: z.string(), rows: z.int().gte(1) })).min(1),
);
/** More neurons of a kind than any layer has; bits are made for all, whatever few indices the file holds. */
const countsSchema = z.record(
  z.string(),
  z
    .int()
    .gte(1)
    .lte(2 ** 24),
);
/** More weights than any matrix has. What neurons and layers expand to is made in memory, with no bits in the file. */
const MOST_EXPANDED = 2 ** 33;
const headsSchema = z.object({ heads: z.int().gte(1), kvHeads: z.int().gte(1), headDim: z.int().gte(1) });
/** More layers than any model has: the random floor takes their number squared, for every pair. */
const layersSchema = z.coerce.number().int().gte(1).lte(4096);

/** The one tensor of a region of layers. */
const INTERVAL = 'interval';

export class RegionFile {
  private constructor(
    private readonly file: SafetensorsFile,
    readonly payload: RegionPayload,
    readonly tensors: readonly RegionTensor[],
    /** Matrices that its units are weights of, or expand to; empty where a file of neurons or layers does not say. */
    readonly matrices: readonly MatrixLayout[],
    /** null where the file does not say. */
    readonly heads: HeadSizes | null,
  ) {}

  /**
   * @param options.isHashed `sha256` will be asked for
   * @throws ToolError `region-damaged` where the file is not as its payload asks, `payload-unknown`, and the codes of
   * `openSafetensors`
   */
  static async open(path: string, options: { readonly isHashed?: boolean } = {}): Promise<RegionFile> {
    const file = await openSafetensors(path, options);
    try {
      const metadata = new RegionMetadata(file);
      const payload = metadata.payload();
      const matrices = metadata.matrices(payload === 'weights' || payload === 'lora');
      return new RegionFile(file, payload, metadata.tensors(payload, matrices), matrices, metadata.heads());
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  get path(): string {
    return this.file.path;
  }

  /** What of `__metadata__` only one method's files have. */
  get metadata(): ReadonlyMap<string, string> {
    return this.file.metadata;
  }

  /** Packed bits of one tensor, ceil(units / 8) bytes. */
  async read(name: string): Promise<Uint8Array> {
    const tensor = this.tensors.find((one) => one.name === name);
    if (!tensor) throw new RangeError(`${this.path} has no ${name}`);
    switch (this.payload) {
      case 'weights':
      case 'lora':
        return this.readBits(name, 0, bytesFor(tensor.units));
      case 'neurons':
        return bitsetOf(tensor.units, await this.indices(name, tensor.units));
      case 'layers': {
        const [first, last] = (await this.interval()) ?? [0, -1];
        return bitsetOf(
          tensor.units,
          Array.from({ length: last - first + 1 }, (_, i) => first + i),
        );
      }
    }
  }

  /** Part of a tensor of weights: `bytes` packed bytes from the `from`th on. */
  async readBits(name: string, from: number, bytes: number): Promise<Uint8Array> {
    const bits = new Uint8Array(bytes);
    await this.fillBits(name, bits, from);
    return bits;
  }

  /** Fills `into` with a part of a tensor of weights, from its byte `from` on. */
  async fillBits(name: string, into: Uint8Array, from: number): Promise<void> {
    await this.file.readBytes(name, into, from);
  }

  /** First and last layer, inclusive; null where no interval was found. @throws ToolError region-damaged */
  async interval(): Promise<readonly [number, number] | null> {
    const layers = this.tensors.find(({ name }) => name === INTERVAL)?.units ?? 0;
    const [first, last] = await this.integers(INTERVAL);
    if (first === undefined || last === undefined) return null;
    if (first < 0 || first > last || last >= layers) {
      throw damaged(this.file, `[${first}, ${last}] is no interval of ${layers} layers`);
    }
    return [first, last];
  }

  /** Of the file, most of it from what was read anyway. @throws ToolError cancelled */
  sha256(signal?: AbortSignal): Promise<string> {
    return this.file.sha256(signal);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async indices(name: string, units: number): Promise<number[]> {
    const indices = await this.integers(name);
    for (const [i, index] of indices.entries()) {
      if (index < 0 || index >= units || (i > 0 && index <= (indices[i - 1] ?? 0))) {
        throw damaged(this.file, `${name} is not ascending indices of ${units} neurons: ${index}`);
      }
    }
    return indices;
  }

  private async integers(name: string): Promise<number[]> {
    const { begin, end } = this.file.tensor(name);
    const bytes = await this.readBits(name, 0, end - begin);
    const view = new DataView(bytes.buffer);
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  }
}

const damaged = (file: SafetensorsFile, what: string): Error =>
  inputError('region-damaged', `${file.path}: ${what}.`, 'Restore the file, or run again.');

/** The header of a region file, checked. */
class RegionMetadata {
  constructor(private readonly file: SafetensorsFile) {}

  payload(): RegionPayload {
    const text = this.file.metadata.get('payload');
    const payload = PAYLOADS.find((known) => known === text);
    if (payload) return payload;
    if (text === undefined) throw this.damaged('its metadata has no payload');
    const mend = `Use regions of ${PAYLOADS.join(', ')}.`;
    throw inputError('payload-unknown', `${this.file.path}: the payload '${text}' is unknown.`, mend);
  }

  tensors(payload: RegionPayload, matrices: readonly MatrixLayout[]): RegionTensor[] {
    switch (payload) {
      case 'weights':
      case 'lora':
        return this.bitTensors(matrices);
      case 'neurons':
        return this.neuronTensors();
      case 'layers':
        return this.layerTensors();
    }
  }

  heads(): HeadSizes | null {
    return this.json('heads', headsSchema, 'heads are');
  }

  matrices(required: boolean): MatrixLayout[] {
    const parts = this.json('parts', partsSchema, 'parts of fused matrices are') ?? {};
    const shapes = this.json('shapes', shapesSchema, 'shapes are');
    if (!shapes && required) throw this.damaged('its metadata has no shapes');
    return Object.entries(shapes ?? {}).map(([name, shape]) => {
      if (
        !required &&
        (shape.length !== 2 || shape.reduce((product, size) => product * size, 1) > MOST_EXPANDED)
      ) {
        throw this.damaged(`${name} is no matrix that a model has: its shape is ${shape.join(' x ')}`);
      }
      const own = Object.hasOwn(parts, name) ? parts[name] : undefined;
      if (!own) return { name, shape };
      if (own.reduce((sum, part) => sum + part.rows, 0) !== shape[0]) {
        throw this.damaged(`the parts of ${name} are not its ${shape[0] ?? 0} rows`);
      }
      return { name, shape, parts: own };
    });
  }

  private bitTensors(matrices: readonly MatrixLayout[]): RegionTensor[] {
    const byName = new Map(matrices.map((matrix) => [matrix.name, matrix]));
    for (const { name } of matrices) {
      if (!this.file.tensors.has(name)) throw this.damaged(`${name} has a shape but no bits`);
    }
    return Array.from(this.file.tensors, ([name, { dtype, begin, end }]) => {
      const matrix = byName.get(name);
      if (!matrix) throw this.damaged(`${name} has bits but no shape`);
      const units = matrix.shape.reduce((product, size) => product * size, 1);
      if (dtype !== 'U8' || !Number.isSafeInteger(units) || end - begin !== bytesFor(units)) {
        throw this.damaged(`${name} is not the packed bits of a matrix of shape ${matrix.shape.join(' x ')}`);
      }
      const columns = units / (matrix.shape[0] ?? 1);
      const parts = matrix.parts?.map(({ module, rows }) => ({ module, units: rows * columns }));
      return { name, units, columns, ...(parts && { parts }) };
    });
  }

  private neuronTensors(): RegionTensor[] {
    const counts = this.json('counts', countsSchema, 'counts are');
    if (!counts) throw this.damaged('its metadata has no counts');
    for (const name of Object.keys(counts)) {
      if (!this.file.tensors.has(name)) throw this.damaged(`${name} has a count but no indices`);
    }
    return Array.from(this.file.tensors, ([name, location]) => {
      const units = Object.hasOwn(counts, name) ? counts[name] : undefined;
      if (!parseNeuronName(name)) throw this.damaged(`${name} is no tensor of neurons`);
      if (units === undefined) throw this.damaged(`${name} has indices but no count`);
      const indices = (location.end - location.begin) / 4;
      if (location.dtype !== 'I32' || location.shape.length !== 1 || indices > units) {
        throw this.damaged(`${name} is not a list of indices of ${units} neurons`);
      }
      return { name, units, columns: 1 };
    });
  }

  private layerTensors(): RegionTensor[] {
    const layers = layersSchema.safeParse(this.file.metadata.get('layers')).data;
    if (layers === undefined) throw this.damaged('its metadata does not say how many layers there are');
    const interval = this.file.tensors.get(INTERVAL);
    const length = interval ? (interval.end - interval.begin) / 4 : -1;
    if (interval?.dtype !== 'I32' || this.file.tensors.size !== 1 || (length !== 0 && length !== 2)) {
      throw this.damaged('it is not one interval, [first, last] or empty');
    }
    return [{ name: INTERVAL, units: layers, columns: 1 }];
  }

  /** null where there is none. */
  private json<T>(key: string, schema: z.ZodType<T>, are: string): T | null {
    const text = this.file.metadata.get(key);
    if (text === undefined) return null;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.damaged(`its ${are} not JSON`);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw this.damaged(`its ${are} not of the expected form`);
  }

  private damaged(what: string): Error {
    return damaged(this.file, what);
  }
}
