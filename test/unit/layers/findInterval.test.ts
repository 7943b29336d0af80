import { describe, expect, test } from 'vitest';
import { alphaBand, alphaSteps, searchAlpha } from '../../../src/core/layers/alphaSearch';
import { bootstrapIntervals } from '../../../src/core/layers/bootstrap';
import { bestBound, boundCandidates, sweepBound } from '../../../src/core/layers/boundSweep';
import { findInterval } from '../../../src/core/layers/findInterval';
import {
  intervalSize,
  layerFactors,
  relativeDepth,
  sppftBounds,
  type LayerInterval,
} from '../../../src/core/layers/interval';
import { meanAndSd } from '../../../src/core/layers/moments';
import { seededRandom } from '../../../src/core/stats/random';

type Counts = Record<number, number>;
interface Published {
  readonly name: string;
  readonly layers: number;
  readonly alpha: number;
  /** Where the upper sweep begins, and the middle of its bounds. */
  readonly candidate: LayerInterval;
  /** Middle of the lower bounds. */
  readonly upper: Counts;
  readonly lower: Counts;
  readonly interval: LayerInterval;
}

/** Table 1 of Li et al., as METHODS.md T31 has it. */
const TABLE_1: readonly Published[] = [
  {
    name: 'Llama-2-7b-chat',
    layers: 32,
    alpha: 1.15,
    candidate: [9, 14],
    upper: { 12: 187, 13: 227, 14: 237, 15: 218, 16: 219 },
    lower: { 8: 263, 7: 268, 6: 297, 5: 189, 4: 202 },
    interval: [6, 14],
  },
  {
    name: 'Llama-3-8B-Instruct',
    layers: 32,
    alpha: 1.2,
    candidate: [7, 12],
    upper: { 10: 272, 11: 241, 12: 283, 13: 266, 14: 256 },
    lower: { 8: 334, 7: 283, 6: 371, 5: 358, 4: 223 },
    interval: [6, 12],
  },
  {
    name: 'gemma-2b-it',
    layers: 18,
    alpha: 1.1,
    candidate: [8, 11],
    upper: { 9: 310, 10: 335, 11: 368, 12: 343, 13: 326 },
    lower: { 8: 368, 7: 371, 6: 407, 5: 404, 4: 323 },
    interval: [6, 11],
  },
  {
    name: 'Phi-3-mini, weakened',
    layers: 32,
    alpha: 0.8,
    candidate: [11, 15],
    upper: { 13: 209, 14: 190, 15: 149, 16: 181, 17: 189 },
    lower: { 13: 237, 12: 182, 11: 149, 10: 177, 9: 163 },
    interval: [11, 15],
  },
  {
    name: 'Phi-3-mini, strengthened',
    layers: 32,
    alpha: 1.2,
    candidate: [11, 15],
    upper: { 13: 292, 14: 329, 15: 368, 16: 311, 17: 299 },
    lower: { 9: 330, 10: 350, 11: 368, 12: 293, 13: 279 },
    interval: [11, 15],
  },
];

const points = (counts: Counts) =>
  Object.entries(counts).map(([bound, refused]) => ({ bound: Number(bound), refused }));
const middle = (counts: Counts): number => {
  const bounds = Object.keys(counts).map(Number);
  return bounds.sort((a, b) => a - b)[Math.floor(bounds.length / 2)] ?? NaN;
};
const refused = (count: number, items = 721): Uint8Array =>
  Uint8Array.from({ length: items }, (_, item) => (item < count ? 1 : 0));

describe('T31: the published ranges from the published sweeps', () => {
  test.each(TABLE_1)('$name', ({ upper, lower, alpha, interval }) => {
    const last = bestBound(points(upper), middle(upper), alpha);
    expect([bestBound(points(lower), middle(lower), alpha), last]).toEqual(interval);
  });

  test.each(TABLE_1)('$name, by a search that asks for the counts itself', async (published) => {
    const { layers, candidate, alpha, upper, lower, interval } = published;
    const [i] = candidate;
    const last = interval[1];
    const found = await findInterval(
      { layers, items: 721, candidate, alpha, direction: 'up', reach: 0.3, candidates: 5 },
      ([first, end], at) => {
        expect(at).toBe(alpha);
        // Where the table says nothing, nothing speaks for the layer.
        const unknown = alpha < 1 ? 721 : 0;
        const count =
          end === last && lower[first] !== undefined ? lower[first] : first === i ? upper[end] : unknown;
        return Promise.resolve(refused(count ?? unknown));
      },
    );
    expect(found.interval).toEqual(interval);
    expect(found.sweeps.upper).toEqual(points(upper));
    for (const { bound, refused: count } of found.sweeps.lower) {
      if (lower[bound] !== undefined) expect(count).toBe(lower[bound]);
    }
    const [first, end] = interval;
    expect(found.neighbours.map((near) => near.interval)).toEqual([
      [first - 1, end],
      [first + 1, end],
      [first, end - 1],
      [first, end + 1],
    ]);
    expect(found.neighbours[0]?.refused).toBe(lower[first - 1]);
  });

  test('a sweep goes on where its best is the outermost, and stops at the end of the model', async () => {
    const settings = { centre: 4, candidates: 3, alpha: 1.2, limits: { least: 0, most: 6 } };
    const counts = [9, 8, 7, 6, 5, 4, 3];
    const down = await sweepBound(settings, (bound) => Promise.resolve(counts[bound]!));
    expect(down.map(({ bound }) => bound)).toEqual([0, 1, 2, 3, 4, 5]);
    const up = await sweepBound({ ...settings, alpha: 0.8 }, (bound) => Promise.resolve(counts[bound]!));
    expect(up.map(({ bound }) => bound)).toEqual([3, 4, 5, 6]);
    const flat = await sweepBound(settings, () => Promise.resolve(1));
    expect(flat.map(({ bound }) => bound)).toEqual([3, 4, 5]);
    const one = await sweepBound({ ...settings, candidates: 1 }, () => Promise.resolve(1));
    expect(one).toEqual([{ bound: 4, refused: 1 }]);
  });

  test('T32: both peaks of Llama-3 are found past a valley', () => {
    const { upper, lower } = TABLE_1[1]!;
    expect(upper[10]! > upper[11]! && lower[8]! > lower[7]!).toBe(true);
    expect(bestBound(points(upper), 10, 1.2)).toBe(12);
    expect(bestBound(points(lower), 8, 1.2)).toBe(6);
  });

  test('equal counts go to the bound nearest to the candidate, then to the lower one', () => {
    const flat = points({ 3: 5, 4: 5, 5: 5 });
    expect(bestBound(flat, 5, 1.1)).toBe(5);
    expect(bestBound(flat, 4, 0.9)).toBe(4);
    expect(bestBound(points({ 3: 5, 4: 1, 5: 5 }), 4, 1.1)).toBe(3);
    expect(() => bestBound([], 4, 1.1)).toThrow(RangeError);
  });

  test('bounds outside the model are left out', () => {
    expect(boundCandidates(14, 5, { least: 9, most: 31 })).toEqual([12, 13, 14, 15, 16]);
    expect(boundCandidates(1, 5, { least: 0, most: 31 })).toEqual([0, 1, 2, 3]);
    expect(boundCandidates(30, 4, { least: 0, most: 31 })).toEqual([29, 30, 31]);
  });
});

describe('alpha', () => {
  test('T33: ddof 1, and the band of 721 items', () => {
    expect(meanAndSd([199, 197, 192, 194], 1).sd).toBeCloseTo(3.109, 3);
    expect(meanAndSd([199, 197, 192, 194]).sd).toBeCloseTo(2.693, 3);
    expect(meanAndSd([185, 184, 183, 187], 1).sd).toBeCloseTo(1.708, 3);
    expect(meanAndSd([187, 227, 237, 218, 219], 1).sd).toBeCloseTo(18.73, 2);
    expect(meanAndSd([272, 241, 283, 266, 256], 1).sd).toBeCloseTo(15.98, 2);
    expect(alphaBand(721)).toEqual([15, 20]);
    expect(alphaBand(72.1)[0]).toBeCloseTo(1.5, 12);
  });

  test('steps away from 1 on two decimals', () => {
    expect(alphaSteps('up', 0.3)).toEqual([1.05, 1.1, 1.15, 1.2, 1.25, 1.3]);
    expect(alphaSteps('down', 0.15)).toEqual([0.95, 0.9, 0.85]);
  });

  test('the first sweep in the band ends the search', async () => {
    const sweeps: Record<number, number[]> = {
      1.05: [199, 197, 192, 194],
      1.1: [190, 200, 195, 185],
      1.15: [187, 227, 237, 218, 219],
    };
    const search = await searchAlpha([1.05, 1.1, 1.15, 1.2], 721, (alpha) => Promise.resolve(sweeps[alpha]!));
    expect(search).toMatchObject({ chosen: 1.15, outcome: 'reached' });
    expect(search.tried.map(({ alpha }) => alpha)).toEqual([1.05, 1.1, 1.15]);
  });

  test('above the band is taken and said; where none reaches it, the widest', async () => {
    const above = await searchAlpha([1.05], 721, () => Promise.resolve([100, 200]));
    expect(above).toMatchObject({ chosen: 1.05, outcome: 'above' });
    const sweeps: Record<number, number[]> = { 0.95: [5, 5, 5], 0.9: [5, 9, 5], 0.85: [5, 6, 5] };
    const none = await searchAlpha([0.95, 0.9, 0.85], 721, (alpha) => Promise.resolve(sweeps[alpha]!));
    expect(none).toMatchObject({ chosen: 0.9, outcome: 'none' });
  });
});

describe('intervals', () => {
  test('T30: both ends are in', () => expect(intervalSize([6, 14])).toBe(9));
  test('T36: SPPFT leaves both of its bounds out', () => {
    expect(sppftBounds([5, 14])).toEqual([4, 15]);
    expect(intervalSize([5, 14])).toBe(10);
  });
  test('factors and depth', () => {
    expect([...layerFactors(4, [1, 2], 1.5)]).toEqual([1, 1.5, 1.5, 1]);
    expect(relativeDepth([6, 14], 32)).toEqual([6 / 32, 15 / 32]);
  });
});

describe('bootstrap', () => {
  const settings = { candidate: [2, 4] as const, alpha: 1.2, items: 40, resamples: 200 };
  test('a difference on every prompt is there in every resample', () => {
    const sweeps = {
      upper: [[3, refused(0, 40)] as const, [4, refused(40, 40)] as const],
      lower: [[1, refused(40, 40)] as const, [2, refused(0, 40)] as const],
    };
    expect(bootstrapIntervals(sweeps, settings, seededRandom(0))).toEqual([{ interval: [1, 4], share: 1 }]);
  });

  test('a difference on one prompt is not, in about a third of them', () => {
    const sweeps = {
      upper: [[4, refused(10, 40)] as const],
      lower: [[1, refused(11, 40)] as const, [2, refused(10, 40)] as const],
    };
    const shares = bootstrapIntervals(sweeps, { ...settings, resamples: 4000 }, seededRandom(0));
    // The prompt is in a resample with probability 1 - (39/40)^40 = 0.637; else counts are equal and 2 is nearer.
    expect(shares[0]?.interval).toEqual([1, 4]);
    expect(Math.abs((shares[0]?.share ?? 0) - 0.637)).toBeLessThan(0.03);
  });
});
