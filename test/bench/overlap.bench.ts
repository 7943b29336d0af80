/** Prints the speed of counting and of whole reports; no assertion. */
import { createBitKernel } from '../../src/core/masks/bitKernel';
import { andCount, popcount } from '../../src/core/masks/bitset';
import { overlapRegions, type RegionSource } from '../../src/core/masks/overlap';
import { parseUnitName } from '../../src/core/model/unitNames';
import { expectedJaccard } from '../../src/core/stats/randomOverlap';

const MEGABYTE = 1e6;

function bytesOf(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

function medianMs(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[2]!;
}

const [a, b] = [bytesOf(64 * MEGABYTE, 1), bytesOf(64 * MEGABYTE, 2)];
// JavaScript first: after both, its call sites have seen two kernels and it shows slower than it is alone.
for (const simd of [false, true]) {
  const kernel = createBitKernel(2, 65536, { simd });
  const gigabytes = (bytes: number, ms: number): string => `${(bytes / ms / 1e6).toFixed(1)} GB/s`;
  console.log(kernel.implementation);
  console.log(
    '  popcount, copied in      ',
    gigabytes(
      a.length,
      medianMs(() => void popcount(a, kernel)),
    ),
  );
  console.log(
    '  AND count, copied in     ',
    gigabytes(
      2 * a.length,
      medianMs(() => void andCount(a, b, kernel)),
    ),
  );
  const inside = medianMs(() => {
    for (let i = 0; i < 500; i++) kernel.andCount(0, 1, 65536);
  });
  console.log('  AND count, in its memory ', gigabytes(2 * 65536 * 500, inside));
}

// Ten regions and a utility region, the matrices of two layers of Llama-3-8B's shape: every measure of the report.
const HEADS = { heads: 32, kvHeads: 8, headDim: 128 };
const SHAPES = {
  'self_attn.q_proj': [4096, 4096],
  'self_attn.k_proj': [1024, 4096],
  'self_attn.v_proj': [1024, 4096],
  'self_attn.o_proj': [4096, 4096],
  'mlp.gate_proj': [14336, 4096],
  'mlp.up_proj': [14336, 4096],
  'mlp.down_proj': [4096, 14336],
} as const;
const modules = [0, 1].flatMap((layer) =>
  Object.entries(SHAPES).map(([name, [rows, columns]]) => ({
    name: `model.layers.${layer}.${name}.weight`,
    units: rows * columns,
    columns,
  })),
);
const total = modules.reduce((sum, { units }) => sum + units, 0);
const bits = Array.from({ length: 11 }, (_, i) => bytesOf((14336 * 4096) / 8, i + 1));
const regionOf = (index: number): RegionSource => ({
  id: `D${index}`,
  modules,
  read: (name) => {
    const { units } = modules.find((module) => module.name === name)!;
    return Promise.resolve(bits[index]!.subarray(0, units / 8));
  },
});
const regions = Array.from({ length: 10 }, (_, i) => regionOf(i));
for (const [simd, heads] of [
  [false, null],
  [true, null],
  [true, HEADS],
] as const) {
  const start = performance.now();
  await overlapRegions(regions, { locate: parseUnitName, utility: regionOf(10), simd, heads });
  const seconds = (performance.now() - start) / 1000;
  console.log(
    `report, 10 regions + utility, simd ${simd}, heads ${heads !== null}: ` +
      `${((seconds / total) * 1e9).toFixed(2)} s for 10^9 weights`,
  );
}
console.log('E[J], N = 7e9, 5 %:', medianMs(() => void expectedJaccard(7e9, 3.5e8, 3.5e8)).toFixed(1), 'ms');
