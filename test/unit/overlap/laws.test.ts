import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iouOf, overlapOf, plainSets, without, type Family, type Units } from './sets';

const UNIVERSE = {
  'model.layers.0.self_attn.q_proj.weight': 13,
  'model.layers.0.mlp.up_proj.weight': 16,
  'model.layers.1.self_attn.q_proj.weight': 5,
};

const region: fc.Arbitrary<Units> = fc.record(
  Object.fromEntries(
    Object.entries(UNIVERSE).map(([name, units]) => [
      name,
      fc.uniqueArray(fc.integer({ min: 0, max: units - 1 })),
    ]),
  ),
);
const families: fc.Arbitrary<Required<Family>> = fc.record({
  universe: fc.constant(UNIVERSE),
  regions: fc.array(region, { minLength: 1, maxLength: 5 }),
  utility: region,
});

const law = (check: (family: Required<Family>) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(families, check), { numRuns: 150 });

const choices = <T>(of: readonly T[], n: number): T[][] =>
  n === 0
    ? [[]]
    : of.flatMap((first, i) => choices(of.slice(i + 1), n - 1).map((others) => [first, ...others]));

describe('laws of overlap', () => {
  it('every IoU is the one of plain sets', () =>
    law(async (family) => {
      const report = await overlapOf(family);
      const sets = plainSets(family);
      const isolated = without(sets, plainSets({ regions: [family.utility] })[0]!);
      for (const [of, measured] of [
        [sets, report],
        [isolated, report.isoUtility!],
      ] as const) {
        expect(measured.pairwise).toEqual(of.map((a) => of.map((b) => iouOf([a, b]))));
        expect(measured.forward).toEqual(of.map((_, n) => iouOf(of.slice(0, n + 1))));
        expect(measured.backward).toEqual(of.map((_, n) => iouOf(of.slice(of.length - 1 - n))));
      }
      expect(report.regions.map(({ size, isolatedSize }) => [size, isolatedSize])).toEqual(
        sets.map((set, i) => [set.size, isolated[i]!.size]),
      );
    }));

  it('what all orders give together is the mean over every choice of n regions', () =>
    law(async (family) => {
      const { convergence, universe } = await overlapOf(family);
      const sets = plainSets(family);
      const isolated = without(sets, plainSets({ regions: [family.utility] })[0]!);
      expect(convergence.heldBy.reduce((sum, units) => sum + units, 0)).toBe(universe);
      for (const [of, { heldBy, allOrders, common }] of [
        [sets, convergence],
        [isolated, convergence.isoUtility!],
      ] as const) {
        const holders = [...new Set(of.flatMap((set) => [...set]))].map(
          (unit) => of.filter((set) => set.has(unit)).length,
        );
        for (let k = 1; k <= of.length; k++) {
          expect(heldBy[k]).toBe(holders.filter((count) => count === k).length);
        }
        for (let n = 1; n <= of.length; n++) {
          let and = 0;
          let or = 0;
          for (const chosen of choices(of, n)) {
            const union = new Set(chosen.flatMap((set) => [...set]));
            or += union.size;
            and += [...union].filter((unit) => chosen.every((set) => set.has(unit))).length;
          }
          const size = of.reduce((sum, set) => sum + set.size, 0) / of.length;
          const isEmpty = of.every((set) => set.size === 0);
          const expected: (number | null)[] = isEmpty
            ? [null, null]
            : [and / or, and / choices(of, n).length / size];
          for (const [at, value] of [allOrders.curve[n - 1], common.curve[n - 1]].entries()) {
            const wanted = expected[at] ?? null;
            if (wanted === null) expect(value).toBeNull();
            else expect(value).toBeCloseTo(wanted, 12);
          }
        }
      }
    }));

  it('J(S, S) = 1', () =>
    law(async ({ universe, regions: [S] }) => {
      const { pairwise, regions } = await overlapOf({ universe, regions: [S!, S!] });
      const own = regions[0]!.size === 0 ? null : 1;
      expect(pairwise).toEqual([
        [own, own],
        [own, own],
      ]);
    }));

  it('J is symmetric', () =>
    law(async (family) => {
      const { pairwise, pairwiseMacro, dice } = await overlapOf(family);
      for (const matrix of [pairwise, pairwiseMacro, dice]) {
        expect(matrix).toEqual(matrix.map((row, a) => row.map((_, b) => matrix[b]![a])));
      }
    }));

  it('permuting units changes nothing', () =>
    law(async (family) => {
      const rotated = ({ ...units }: Units): Units =>
        Object.fromEntries(
          Object.entries(units).map(([name, list]) => {
            const size = UNIVERSE[name as keyof typeof UNIVERSE];
            // 3 has no common factor with 13, 16 or 5.
            return [name, list.map((unit) => (unit * 3 + 2) % size)];
          }),
        );
      const { regions, utility } = family;
      const moved = { ...family, regions: regions.map(rotated), utility: rotated(utility) };
      expect(await overlapOf(moved)).toEqual(await overlapOf(family));
    }));

  it('n-way curves never rise, and both end with all regions', () =>
    law(async (family) => {
      const report = await overlapOf(family);
      for (const { forward, backward } of [report, report.isoUtility!]) {
        expect(forward.at(-1)).toBe(backward.at(-1));
        for (const curve of [forward, backward]) {
          const defined = curve.filter((value) => value !== null);
          expect(defined).toEqual(defined.toSorted((a, b) => b - a));
        }
      }
    }));

  it('reversing the regions exchanges forward and backward', () =>
    law(async (family) => {
      const report = await overlapOf(family);
      const reversed = await overlapOf({ ...family, regions: family.regions.toReversed() });
      expect(reversed.forward).toEqual(report.backward);
      expect(reversed.baselines.randomForward).toEqual(report.baselines.randomBackward);
    }));

  it('T45d: isolation never keeps a unit of U, and makes no overlap', () =>
    law(async (family) => {
      // U as the last region is emptied by itself; the others lose what they share with it and no more.
      const report = await overlapOf({ ...family, regions: [...family.regions, family.utility] });
      const [U] = plainSets({ regions: [family.utility] });
      const sets = plainSets(family);
      expect(report.regions.map(({ isolatedSize }) => isolatedSize)).toEqual([
        ...sets.map((set) => [...set].filter((unit) => !U!.has(unit)).length),
        0,
      ]);
      const sizes = report.regions.map(({ isolatedSize }) => isolatedSize!);
      for (const [a, A] of sets.entries()) {
        for (const [b, B] of sets.entries()) {
          // and = J or, and + or = |A| + |B|
          const j = report.isoUtility!.pairwise[a]![b] ?? 0;
          const isolatedAnd = Math.round((j * (sizes[a]! + sizes[b]!)) / (1 + j));
          expect(isolatedAnd).toBeLessThanOrEqual([...A].filter((unit) => B.has(unit)).length);
        }
      }
    }));

  it('micro is the ratio of sums, macro the mean of ratios over modules', () =>
    law(async (family) => {
      const report = await overlapOf(family);
      const parts = await Promise.all(
        Object.entries(UNIVERSE).map(([name, units]) =>
          overlapOf({ ...family, universe: { [name]: units } }),
        ),
      );
      for (const a of family.regions.keys()) {
        for (const b of family.regions.keys()) {
          const ratios = parts
            .map(({ pairwise }) => pairwise[a]![b] ?? null)
            .filter((ratio) => ratio !== null);
          const macro = report.pairwiseMacro[a]![b];
          if (ratios.length === 0) expect(macro).toBeNull();
          else expect(macro).toBeCloseTo(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length, 14);
          // |and| = J (|a| + |b|) / (1 + J), summed over modules and divided once.
          const counts = parts.map(({ pairwise, regions }) => {
            const j = pairwise[a]![b] ?? 0;
            const both = regions[a]!.size + regions[b]!.size;
            const and = Math.round((j * both) / (1 + j));
            return { and, or: both - and };
          });
          const or = counts.reduce((sum, count) => sum + count.or, 0);
          const and = counts.reduce((sum, count) => sum + count.and, 0);
          expect(report.pairwise[a]![b]).toBe(or === 0 ? null : and / or);
        }
      }
    }));

  it('Dice is 2J / (1 + J); for equal sizes the overlap coefficient is Dice', () =>
    law(async (family) => {
      const { pairwise, dice, overlapCoefficient, regions } = await overlapOf(family);
      for (const [a, row] of pairwise.entries()) {
        for (const [b, j] of row.entries()) {
          if (j === null) expect(dice[a]![b]).toBeNull();
          else expect(dice[a]![b]).toBeCloseTo((2 * j) / (1 + j), 14);
          if (regions[a]!.size === regions[b]!.size) expect(overlapCoefficient[a]![b]).toBe(dice[a]![b]);
        }
      }
    }));
});
