import { describe, expect, it } from 'vitest';
import { procedureExpectation, type NeuronProcedure } from '../../../src/core/stats/procedureOverlap';
import { randomSubset, seededUniform } from './random';

const procedure = (prompts: number, needed: number, fraction: number): NeuronProcedure => ({
  prompts,
  needed,
  keptOf: (ranked) => Math.floor(fraction * ranked),
});

describe('regions of independent prompts', () => {
  it.each([
    [4096, 2000, 2, 976.6],
    [4096, 2000, 5, 113.7],
    [4096, 2000, 10, 3.16],
    [14336, 12000, 10, 2420.8],
    [14336, 12000, 20, 408.8],
  ])('T24: of %i neurons, %i kept by each of %i prompts', (units, kept, prompts, expected) => {
    const { sizes, jaccard } = procedureExpectation(
      [{ units, ranked: units }],
      [0, 1].map(() => ({ prompts, needed: prompts, keptOf: () => kept })),
    );
    expect(Math.abs(sizes[0]! - expected)).toBeLessThan(0.06);
    const p = sizes[0]! / units;
    expect(jaccard([0, 1])).toBeCloseTo(p / (2 - p), 12);
    expect(jaccard([0])).toBeCloseTo(1, 12);
  });

  // Sets as the procedure makes them, an exact number kept for each prompt; two and three regions of unequal settings.
  it.each([
    ['intersection', [2000, 1000], [procedure(3, 3, 0.4), procedure(3, 3, 0.4), procedure(3, 3, 0.4)]],
    ['share of prompts', [3000], [procedure(6, 3, 0.2), procedure(6, 3, 0.2), procedure(6, 3, 0.2)]],
    ['unequal', [1000, 2000], [procedure(2, 2, 0.3), procedure(5, 3, 0.3), procedure(4, 2, 0.25)]],
  ])('agree with a simulation within 3 standard errors: %s', (_, units, procedures) => {
    const parts = units.map((n) => ({ units: n, ranked: n }));
    const expected = procedureExpectation(parts, procedures);
    const uniform = seededUniform(7);
    const drawn = ({ prompts, needed, keptOf }: NeuronProcedure): Set<number> => {
      const region = new Set<number>();
      for (const [part, n] of units.entries()) {
        const counts = new Uint8Array(n);
        for (let prompt = 0; prompt < prompts; prompt++) {
          for (const unit of randomSubset(uniform, n, keptOf(n))) counts[unit]! += 1;
        }
        for (const [unit, count] of counts.entries()) if (count >= needed) region.add(part * 1e6 + unit);
      }
      return region;
    };
    const runs = Array.from({ length: 120 }, () => {
      const [a, b, c] = procedures.map(drawn) as [Set<number>, Set<number>, Set<number>];
      const pair = [...a].filter((unit) => b.has(unit));
      const all = pair.filter((unit) => c.has(unit));
      return [
        a.size,
        pair.length / new Set([...a, ...b]).size,
        all.length / new Set([...a, ...b, ...c]).size,
      ];
    });
    const wanted = [expected.sizes[0]!, expected.jaccard([0, 1])!, expected.jaccard([0, 1, 2])!];
    for (const [i, value] of wanted.entries()) {
      const values = runs.map((run) => run[i]!);
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
      expect(Math.abs(mean - value)).toBeLessThan(3 * Math.sqrt(variance / values.length));
    }
  });

  it('a list with two entries for each neuron holds it where either is kept', () => {
    const { sizes } = procedureExpectation(
      [{ units: 10, ranked: 20 }],
      [{ prompts: 1, needed: 1, keptOf: () => 5 }],
    );
    expect(sizes[0]).toBeCloseTo(10 * (1 - 0.75 ** 2), 12);
  });

  it('is undefined where nothing is kept', () => {
    expect(procedureExpectation([{ units: 5, ranked: 5 }], [procedure(2, 2, 0.1)]).jaccard([0])).toBeNull();
  });
});
