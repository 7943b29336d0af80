import { describe, expect, it } from 'vitest';
import {
  magnitudeFloor,
  type MagnitudeFloorInput,
  type SampledModule,
  type SampledSet,
} from '../../../src/core/stats/magnitudeFloor';
import { expectedJaccard } from '../../../src/core/stats/randomOverlap';
import { sampledRows, sampleSize } from '../../../src/core/stats/rowSample';
import { seededUniform } from './random';

/** Box and Muller's. */
function gaussian(uniform: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

const COLUMNS = 2000;
function modulesOf(count: number, normal: () => number): SampledModule[] {
  return Array.from({ length: count }, (_, m) => ({
    name: `module ${m}`,
    rows: 8,
    columns: COLUMNS,
    magnitudes: Float32Array.from({ length: 8 * COLUMNS }, () => Math.abs(normal())),
  }));
}

/** |W| times a lognormal norm of each input. */
function wandaLike(
  id: string,
  modules: readonly SampledModule[],
  logSd: number,
  normal: () => number,
  fraction = 0.05,
): SampledSet {
  const all = modules.map(({ rows, columns, magnitudes }) => {
    const norms = Float64Array.from({ length: columns }, () => Math.exp(logSd * normal()));
    return Float32Array.from({ length: rows * columns }, (_, i) => magnitudes[i]! * norms[i % columns]!);
  });
  return { id, fraction, scores: () => Promise.resolve(all) };
}

const inputOf = (
  modules: readonly SampledModule[],
  sets: readonly SampledSet[],
  more: Partial<MagnitudeFloorInput> = {},
): MagnitudeFloorInput => ({
  modules,
  sets,
  utility: null,
  scope: 'row',
  factorsOf: 'input',
  draws: 10,
  seed: 0,
  ...more,
});

describe('the floor that shared magnitudes make', () => {
  // METHODS 2.4, simulated: Gaussian W, independent lognormal input norms with log-sd s.
  it.each([
    [0.1, 0.05, 0.6],
    [0.3, 0.05, 0.26],
    [0.3, 0.01, 0.13],
  ])('log-sd %d at q = %d: %d', async (logSd, q, expected) => {
    const normal = gaussian(seededUniform(11));
    const modules = modulesOf(10, normal);
    const sets = ['a', 'b', 'c'].map((id) => wandaLike(id, modules, logSd, normal, q));
    const { floor, error } = await magnitudeFloor(inputOf(modules, sets));
    for (const [a, b] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      expect(Math.abs(floor[a]![b]! - expected)).toBeLessThan(0.02);
      expect(error[a]![b]!).toBeGreaterThan(0);
      expect(error[a]![b]!).toBeLessThan(0.01);
    }
  });

  it.each([
    ['row', 'input'],
    ['matrix', 'weight'],
    ['model', 'weight'],
  ] as const)(
    'is above chance by scope %s, also outside utility; factors by %s',
    async (scope, factorsOf) => {
      const normal = gaussian(seededUniform(3));
      const modules = modulesOf(3, normal);
      const [a, b, u] = ['a', 'b', 'u'].map((id) => wandaLike(id, modules, 0.5, normal));
      const { floor, isoFloor } = await magnitudeFloor(
        inputOf(modules, [a!, b!], { scope, factorsOf, utility: u! }),
      );
      const units = 3 * 8 * COLUMNS;
      expect(floor[0]![1]!).toBeGreaterThan(3 * expectedJaccard(units, units / 20, units / 20)!);
      // What agrees because of |W| agrees with utility, too: less is left, and still more than chance.
      expect(isoFloor![0]![1]!).toBeLessThan(floor[0]![1]!);
      expect(isoFloor![0]![1]!).toBeGreaterThan(expectedJaccard(units, units / 20, units / 20)!);
    },
  );

  it('is chance where |W| is the same everywhere, and 1 where factors are', async () => {
    const normal = gaussian(seededUniform(9));
    const flat = modulesOf(4, () => 1);
    const sets = ['a', 'b'].map((id) => wandaLike(id, flat, 1, normal));
    const units = 4 * 8 * COLUMNS;
    const chance = expectedJaccard(units, units / 20, units / 20)!;
    const { floor, error } = await magnitudeFloor(inputOf(flat, sets, { draws: 30 }));
    expect(Math.abs(floor[0]![1]! - chance)).toBeLessThan(4 * error[0]![1]!);

    const modules = modulesOf(2, normal);
    const same = ['a', 'b'].map((id) => wandaLike(id, modules, 0, normal));
    expect((await magnitudeFloor(inputOf(modules, same))).floor).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('moves the norm of an input in all rows together, and the gradients of weights one by one', async () => {
    const normal = gaussian(seededUniform(5));
    const flat = modulesOf(4, () => 1);
    const sets = ['a', 'b'].map((id) => wandaLike(id, flat, 1, normal));
    const errorOf = async (factorsOf: 'input' | 'weight'): Promise<number> =>
      (await magnitudeFloor(inputOf(flat, sets, { draws: 100, factorsOf }))).error[0]![1]!;
    // Where |W| is flat the 8 rows of a module select the same columns, so that they count as one: sqrt(8) times the error.
    const ratio = (await errorOf('input')) / (await errorOf('weight'));
    expect(ratio).toBeGreaterThan(2);
    expect(ratio).toBeLessThan(4);
  });

  it('depends on the seed alone, and takes no factor from a weight of 0', async () => {
    const normal = gaussian(seededUniform(4));
    const modules = modulesOf(1, normal);
    modules[0]!.magnitudes.fill(0, 0, COLUMNS / 2);
    const sets = ['a', 'b'].map((id) => wandaLike(id, modules, 0.5, normal));
    const once = await magnitudeFloor(inputOf(modules, sets));
    expect(await magnitudeFloor(inputOf(modules, sets))).toEqual(once);
    expect(await magnitudeFloor(inputOf(modules, sets, { seed: 1 }))).not.toEqual(once);
    expect(once.floor[0]![1]!).toBeGreaterThan(0);
  });
});

describe('the rows that stand for a matrix', () => {
  it.each([
    [576, 576],
    [9, 1536],
    [4096, 14336],
    [3, 8],
    [1, 8],
  ])('%d x %d: distinct, ascending, inside, the same every time', (rows, columns) => {
    const sample = sampledRows('model.layers.0.mlp.up_proj.weight', rows, columns);
    expect(sample).toHaveLength(sampleSize(rows, columns));
    expect(sample).toEqual([...new Set(sample)].sort((a, b) => a - b));
    expect(sample[0]).toBeGreaterThanOrEqual(0);
    expect(sample.at(-1)).toBeLessThan(rows);
    expect(sampledRows('model.layers.0.mlp.up_proj.weight', rows, columns)).toEqual(sample);
  });
});
