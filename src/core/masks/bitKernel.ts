import { simdKernelBytes } from './simdKernel';

/**
 * Counting and combining bit sets that lie in numbered blocks of one memory. Callers stream: fill blocks, ask for
 * counts, fill the next. Two implementations with the same answers: WebAssembly SIMD, and plain JavaScript where
 * there is none (also a webview whose content policy, without 'wasm-unsafe-eval', forbids compiling it).
 *
 * `bytes` may be any number up to blockBytes; the operations work in steps of 16, so a block that is not filled
 * to such a step must be zero up to it (`fill` sees to that).
 */
export interface BitKernel {
  readonly implementation: 'simd' | 'javascript';
  readonly blockBytes: number;
  /** Copies `source` (at most blockBytes) to the block's start and zeros the rest of its last 16 bytes. */
  fill(block: number, source: Uint8Array): void;
  /** The block's memory, to read results from. */
  view(block: number): Uint8Array;
  popcount(a: number, bytes: number): number;
  andCount(a: number, b: number, bytes: number): number;
  and(target: number, a: number, b: number, bytes: number): void;
  or(target: number, a: number, b: number, bytes: number): void;
  /** a without b. */
  andNot(target: number, a: number, b: number, bytes: number): void;
}

const PAGE_BYTES = 65536;
const STEP = 16;
const steps = (bytes: number): number => Math.ceil(bytes / STEP) * STEP;

/** A kernel with `blocks` blocks of `blockBytes` (rounded up to 16). `simd: false` asks for the JavaScript one. */
export function createBitKernel(
  blocks: number,
  blockBytes: number,
  options: { simd?: boolean } = {},
): BitKernel {
  const bytes = Math.max(STEP, steps(blockBytes));
  const simd = options.simd === false ? undefined : createSimdKernel(blocks, bytes);
  return simd ?? createScriptKernel(blocks, bytes);
}

/** What of the WebAssembly interface is used; neither Node's nor a worker's types declare it without the DOM's. */
interface WasmApi {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

interface SimdExports {
  popcount(a: number, bytes: number): number;
  andCount(a: number, b: number, bytes: number): number;
  and(target: number, a: number, b: number, bytes: number): void;
  or(target: number, a: number, b: number, bytes: number): void;
  andNot(target: number, a: number, b: number, bytes: number): void;
}

function createSimdKernel(blocks: number, blockBytes: number): BitKernel | undefined {
  const api = (globalThis as { WebAssembly?: WasmApi }).WebAssembly;
  if (api === undefined) return undefined;
  const pages = Math.ceil((blocks * blockBytes) / PAGE_BYTES);
  let memory: Uint8Array;
  let run: SimdExports;
  try {
    const m = new api.Memory({ initial: pages, maximum: pages });
    memory = new Uint8Array(m.buffer);
    run = new api.Instance(new api.Module(simdKernelBytes()), { e: { m } }).exports as SimdExports;
  } catch {
    // No SIMD in this engine, or its policy forbids compiling.
    return undefined;
  }
  const at = (block: number): number => block * blockBytes;
  return {
    implementation: 'simd',
    blockBytes,
    ...blockAccess(memory, blockBytes),
    popcount: (a, bytes) => (bytes === 0 ? 0 : run.popcount(at(a), steps(bytes))),
    andCount: (a, b, bytes) => (bytes === 0 ? 0 : run.andCount(at(a), at(b), steps(bytes))),
    and: (target, a, b, bytes) => bytes > 0 && run.and(at(target), at(a), at(b), steps(bytes)),
    or: (target, a, b, bytes) => bytes > 0 && run.or(at(target), at(a), at(b), steps(bytes)),
    andNot: (target, a, b, bytes) => bytes > 0 && run.andNot(at(target), at(a), at(b), steps(bytes)),
  };
}

function createScriptKernel(blocks: number, blockBytes: number): BitKernel {
  const memory = new Uint8Array(blocks * blockBytes);
  const words = new Uint32Array(memory.buffer);
  const at = (block: number): number => (block * blockBytes) / 4;
  const combine =
    (rule: (a: number, b: number) => number) =>
    (target: number, a: number, b: number, bytes: number): void => {
      const [into, first, second] = [at(target), at(a), at(b)];
      const length = steps(bytes) / 4;
      for (let i = 0; i < length; i++) {
        words[into + i] = rule(words[first + i] as number, words[second + i] as number);
      }
    };
  return {
    implementation: 'javascript',
    blockBytes,
    ...blockAccess(memory, blockBytes),
    popcount(a, bytes) {
      let count = 0;
      for (let i = at(a), end = at(a) + steps(bytes) / 4; i < end; i++)
        count += onesOfWord(words[i] as number);
      return count;
    },
    andCount(a, b, bytes) {
      const [first, second] = [at(a), at(b)];
      const length = steps(bytes) / 4;
      let count = 0;
      for (let i = 0; i < length; i++) {
        count += onesOfWord((words[first + i] as number) & (words[second + i] as number));
      }
      return count;
    },
    and: combine((a, b) => a & b),
    or: combine((a, b) => a | b),
    andNot: combine((a, b) => a & ~b),
  };
}

function blockAccess(memory: Uint8Array, blockBytes: number): Pick<BitKernel, 'fill' | 'view'> {
  const view = (block: number): Uint8Array => memory.subarray(block * blockBytes, (block + 1) * blockBytes);
  return {
    view,
    fill(block, source) {
      const target = view(block);
      target.set(source);
      target.fill(0, source.length, steps(source.length));
    },
  };
}

/** Ones of a 32-bit word, by adding neighbours of 1, 2, 4 and 8 bits (Warren, Hacker's Delight, 5-1). */
function onesOfWord(word: number): number {
  word -= (word >>> 1) & 0x55555555;
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
  word = (word + (word >>> 4)) & 0x0f0f0f0f;
  return Math.imul(word, 0x01010101) >>> 24;
}
