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
  // Signed words: unsigned ones past 2^31 would leave the engine's integer arithmetic.
  const words = new Int32Array(memory.buffer);
  const part = (block: number, bytes: number): Int32Array =>
    words.subarray((block * blockBytes) / 4, (block * blockBytes + steps(bytes)) / 4);
  return {
    implementation: 'javascript',
    blockBytes,
    ...blockAccess(memory, blockBytes),
    popcount: (a, bytes) => onesOf(part(a, bytes)),
    andCount: (a, b, bytes) => commonOnesOf(part(a, bytes), part(b, bytes)),
    // One loop each: a shared one that takes the rule as a function runs ten times slower.
    and(target, a, b, bytes) {
      const [into, first, second] = [part(target, bytes), part(a, bytes), part(b, bytes)];
      for (let i = 0; i < into.length; i++) into[i] = (first[i] as number) & (second[i] as number);
    },
    or(target, a, b, bytes) {
      const [into, first, second] = [part(target, bytes), part(a, bytes), part(b, bytes)];
      for (let i = 0; i < into.length; i++) into[i] = (first[i] as number) | (second[i] as number);
    },
    andNot(target, a, b, bytes) {
      const [into, first, second] = [part(target, bytes), part(a, bytes), part(b, bytes)];
      for (let i = 0; i < into.length; i++) into[i] = (first[i] as number) & ~(second[i] as number);
    },
  };
}

function onesOf(words: Int32Array): number {
  let count = 0;
  for (let i = 0; i < words.length; i++) count += onesOfWord(words[i] as number);
  return count;
}

function commonOnesOf(a: Int32Array, b: Int32Array): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) count += onesOfWord((a[i] as number) & (b[i] as number));
  return count;
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
export function onesOfWord(word: number): number {
  const pairs = (word - ((word >>> 1) & 0x55555555)) | 0;
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
