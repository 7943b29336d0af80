import { describe, expect, it } from 'vitest';
import { parseSafetensorsHeader, safetensorsHeaderBytes } from '../../src/core/formats/safetensorsHeader';
import { ToolError } from '../../src/protocol/errors';
import { fileBytes, MALFORMED } from '../fixtures/safetensors/malformed';

/** A run of the suite; the long campaign sets more. */
const CASES = Number(process.env.FUZZ_CASES ?? 20_000);

/** mulberry32: a failing case is found again by its seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const GOOD = fileBytes(
  `{"__metadata__":{"format":"pt","k\\u00e9y":"v"},"model.embed_tokens.weight":{"dtype":"BF16","shape":[4,8],` +
    `"data_offsets":[0,64]},"b":{"dtype":"F32","shape":[],"data_offsets":[64,68]},` +
    `"empty":{"dtype":"U8","shape":[0,9007199254740991],"data_offsets":[68,68]}}  `,
  68,
);
// The big ones would only slow the run: they have tests of their own.
const SEEDS = [GOOD, ...MALFORMED.map(({ bytes }) => bytes()).filter(({ length }) => length < 4096)];
const TOKENS = [
  '{', '}', '[', ']', ',', ':', '"', '\\', '\\ud800', '\\u0000', 'null', 'true', '-', '0', '1e999', '-0', '9007199254740993',
  '18446744073709551615', '1.5', '"__metadata__"', '"dtype"', '"shape"', '"data_offsets"', '"F32"', '[0,8]', '[[[[', '{"a":',
  '\u0000', '\ufeff', 'é', ' ',
].map((token) => new TextEncoder().encode(token)); // prettier-ignore

function mutate(seed: number): Uint8Array {
  const random = randomOf(seed);
  let bytes = Uint8Array.from(SEEDS[random(4) === 0 ? random(SEEDS.length) : 0]!);
  // Most cases keep the length of the header true, else nearly all would end at that check.
  const mendLength = random(8) !== 0;
  const tail = 68;
  for (let steps = 1 + random(4); steps > 0; steps--) {
    const at = random(bytes.length + 1);
    const length = random(12);
    const rest = bytes.subarray(Math.min(bytes.length, at + (random(2) === 0 ? length : 0)));
    const kind = random(6);
    const inserted =
      kind < 3
        ? TOKENS[random(TOKENS.length)]!
        : kind === 3
          ? bytes.slice(at, at + length)
          : Uint8Array.from({ length: kind === 4 ? 1 : 0 }, () => random(256));
    bytes = Uint8Array.from([...bytes.subarray(0, at), ...inserted, ...rest]);
  }
  if (mendLength && bytes.length >= 8 + tail) {
    new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8 - tail), true);
  }
  return bytes;
}

/** What a reader does with a whole file in memory: 'ok' or the error's code. */
function outcome(bytes: Uint8Array): string {
  const source = { file: 'fuzz.safetensors', fileBytes: bytes.length };
  try {
    const length = safetensorsHeaderBytes(bytes.subarray(0, 8), source);
    const { tensors } = parseSafetensorsHeader(bytes.subarray(8, 8 + length), source);
    // What is accepted must be safe to read: every range within the data, all of it covered once.
    let covered = 8 + length;
    for (const { begin, end } of [...tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
      if (begin !== covered || end < begin) throw new Error(`[${begin}, ${end}) after ${covered}`);
      covered = end;
    }
    if (covered !== bytes.length) throw new Error(`${covered} of ${bytes.length} bytes are covered`);
    // JSON.parse agrees about the names wherever the strict reader accepts.
    const parsed = Object.keys(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as object);
    expect([...tensors.keys()].sort()).toEqual(parsed.filter((name) => name !== '__metadata__').sort());
    return 'ok';
  } catch (thrown) {
    if (thrown instanceof ToolError) return thrown.code;
    throw thrown;
  }
}

describe('safetensors headers', () => {
  it('the unchanged seed is accepted', () => expect(outcome(GOOD)).toBe('ok'));

  it(`${CASES} mutated files end in a header or in an error of their own, each within a second`, () => {
    const outcomes = new Map<string, number>();
    let slowestMs = 0;
    for (let seed = 0; seed < CASES; seed++) {
      const bytes = mutate(seed);
      const start = performance.now();
      let result: string;
      try {
        result = outcome(bytes);
      } catch (thrown) {
        throw new Error(`seed ${seed}: ${String(thrown)}`, { cause: thrown });
      }
      slowestMs = Math.max(slowestMs, performance.now() - start);
      outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
    }
    // A mutator that only reached the first checks would prove little.
    expect(outcomes.size).toBeGreaterThan(25);
    expect(outcomes.get('ok') ?? 0).toBeGreaterThan(CASES / 100);
    for (const code of outcomes.keys()) expect(code).toMatch(/^ok$|^safetensors-/);
    expect(slowestMs).toBeLessThan(1000);
  });
});
