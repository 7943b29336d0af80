import { readFileSync } from 'node:fs';
import { sizeOf } from '../../src/engine/graph/shapes';

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** Tensors that test/oracles/goldens.py or families_goldens.py wrote, by name. */
export class Golden {
  readonly #tensors = new Map<string, GoldenTensor>();

  constructor(...files: string[]) {
    for (const file of files) this.#read(file);
  }

  #read(file: string): void {
    const bytes = readFileSync(new URL(`data/${file}.safetensors`, import.meta.url));
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, HeaderEntry>;
    for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header)) {
      const raw = Uint8Array.from(bytes.subarray(start + offsets[0], start + offsets[1])).buffer;
      this.#tensors.set(name, {
        shape,
        data: dtype === 'I64' ? new BigInt64Array(raw) : new Float32Array(raw),
      });
    }
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  names(): string[] {
    return [...this.#tensors.keys()];
  }

  get(name: string): GoldenTensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined || sizeOf(tensor.shape) !== tensor.data.length)
      throw new Error(`no golden '${name}'`);
    return tensor;
  }

  floats(name: string): Float32Array {
    const { data } = this.get(name);
    if (data instanceof BigInt64Array) throw new Error(`'${name}' is int64`);
    return data;
  }
}

interface HeaderEntry {
  readonly dtype: 'F32' | 'I64';
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/** Largest difference over the largest magnitude expected (or over 1 where that is 0). NaN where anything is. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values, expected ${expected.length}`);
  let worst = 0;
  let largest = 0;
  for (const [index, value] of expected.entries()) {
    const difference = Math.abs((actual[index] ?? NaN) - value);
    worst = Number.isNaN(difference) ? NaN : Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(value));
  }
  return worst / (largest || 1);
}
