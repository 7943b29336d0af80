import { expect, it } from 'vitest';
import { bitsetOf } from '../../../src/core/masks/bitset';
import { FamilyCounter } from '../../../src/core/masks/familyCounts';
import { pairPositions, samplesOf, type SampleCounts } from '../../../src/core/masks/pairPosition';
import { sampleFamilies } from '../../../src/core/masks/sampleFamilies';
import { replicatesOf } from '../../../src/core/run/replicates';
import type { PreparedDataset } from '../../../src/core/run/sample';
import { seededUniform } from '../stats/random';

// Regions of the highest means of noisy scores, as selection makes them: two datasets of 32 samples share half of what
// their scores are made of.
const UNITS = 400;
const KEPT = 40;
const SAMPLES = 32;
const TRIALS = 120;
const SETTINGS = { halves: true, jackknife: 8, secondDraw: false };

const uniform = seededUniform(20260101);
const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
const gaussians = (scale: number): Float64Array =>
  Float64Array.from({ length: UNITS }, () => scale * gaussian());
const sum = (parts: readonly Float64Array[]): Float64Array =>
  Float64Array.from({ length: UNITS }, (_, i) => parts.reduce((total, part) => total + part[i]!, 0));

const shared = gaussians(1);
const truths = ['A', 'B'].map(() => sum([shared, gaussians(0.5)]));

function highest(scores: Float64Array): Uint8Array {
  const order = Array.from({ length: UNITS }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  return bitsetOf(
    UNITS,
    order.slice(0, KEPT).sort((a, b) => a - b),
  );
}

/** Regions of all parts of one draw of the samples of a dataset, by the parts' ids. */
function regionsOf(id: string, truth: Float64Array): Map<string, Uint8Array> {
  const samples = Array.from({ length: SAMPLES }, () => sum([truth, gaussians(4)]));
  const dataset = { id, role: 'identification', samples } as unknown as PreparedDataset;
  return new Map(
    replicatesOf(dataset, SETTINGS).map((part) => [
      part.dataset.id,
      highest(sum(part.dataset.samples as unknown as Float64Array[])),
    ]),
  );
}

it(
  'the 95 % interval of a position holds its mean over all draws in at least 95 % of the draws',
  { timeout: 60_000 },
  () => {
    const counter = new FamilyCounter(4, { pairsOnly: true });
    const families = sampleFamilies(SETTINGS).filter(({ kind }) => kind === 'halves');
    const found = Array.from({ length: TRIALS }, () => {
      const regions = truths.map((truth, i) => regionsOf(['A', 'B'][i]!, truth));
      const counted = families.map(({ leftOut, partsOf }) => {
        const sets = regions.flatMap((of, i) => partsOf(['A', 'B'][i]!).map((id) => of.get(id)!));
        return { sample: leftOut, counts: samplesOf(counter.count(UNITS, sets, null)) };
      });
      const leftOut = counted.flatMap(({ sample, counts }): { sample: number; counts: SampleCounts }[] =>
        sample === null ? [] : [{ sample, counts }],
      );
      const floor = KEPT / UNITS / (2 - KEPT / UNITS);
      return pairPositions({
        whole: counted[0]!.counts,
        leftOut,
        floorOf: () => [
          [1, floor],
          [floor, 1],
        ],
        floorError: null,
      })[0]![1]!;
    });
    const mean = found.reduce((total, { value }) => total + value, 0) / TRIALS;
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(1);
    const holding = found.filter(({ low, high }) => low! <= mean && mean <= high!).length;
    // Selection is no smooth function of the samples: the jackknife makes too much of it, and intervals are wide.
    expect(holding).toBeGreaterThanOrEqual(0.95 * TRIALS);
    const widths = found.map(({ low, high }) => high! - low!).sort((a, b) => a - b);
    const spread = Math.sqrt(
      found.reduce((total, { value }) => total + (value - mean) ** 2, 0) / (TRIALS - 1),
    );
    expect(widths[TRIALS / 2]! / (2 * 1.96 * spread)).toBeGreaterThan(1);
    expect(widths[TRIALS / 2]! / (2 * 1.96 * spread)).toBeLessThan(3);
  },
);
