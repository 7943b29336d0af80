/** Prints the speed of counting and of whole reports; no assertion. */
import { createBitKernel } from '../../src/core/masks/bitKernel';
import { andCount, popcount } from '../../src/core/masks/bitset';
import { overlapRegions, type RegionSource } from '../../src/core/masks/overlap';
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

// Ten regions and a utility region of matrices of 16.8 M weights: every measure of the report.
const units = 4096 * 4096;
const modules = Array.from({ length: 8 }, (_, layer) => ({
  name: `model.layers.${layer}.q_proj.weight`,
  units,
}));
const regionOf = (index: number): RegionSource => {
  const bits = bytesOf(units / 8, index + 1);
  return { id: `D${index}`, modules, read: () => Promise.resolve(bits) };
};
const regions = Array.from({ length: 10 }, (_, i) => regionOf(i));
for (const simd of [false, true]) {
  const start = performance.now();
  await overlapRegions(regions, {
    locate: () => ({ layer: 0, module: 'q_proj' }),
    utility: regionOf(10),
    simd,
  });
  const seconds = (performance.now() - start) / 1000;
  const perBillion = (seconds / (modules.length * units)) * 1e9;
  console.log(`report, 10 regions + utility, simd ${simd}: ${perBillion.toFixed(1)} s for 10^9 weights`);
}
console.log('E[J], N = 7e9, 5 %:', medianMs(() => void expectedJaccard(7e9, 3.5e8, 3.5e8)).toFixed(1), 'ms');
