import { describe, expect, it } from 'vitest';
import { bitsetOf } from '../../../src/core/masks/bitset';
import { overlapRegions, type RegionSource } from '../../../src/core/masks/overlap';
import { randomSubset, seededUniform } from '../stats/random';
import { parseParamName } from '../../../src/core/model/paramNames';
import { inTen, overlapOf, source, TEN, type Units, type Universe } from './sets';

describe('overlap measures', () => {
  const [A, B, C] = [inTen(1, 2, 3, 4), inTen(3, 4, 5), inTen(4, 6)];

  it('T41: pairwise and three-way IoU', async () => {
    const { pairwise, forward } = await overlapOf({ universe: TEN, regions: [A, B, C] });
    expect(pairwise).toEqual([
      [1, 2 / 5, 1 / 5],
      [2 / 5, 1, 1 / 4],
      [1 / 5, 1 / 4, 1],
    ]);
    expect(forward[2]).toBe(1 / 6);
  });

  it('T42: empty against empty is undefined, empty against something 0', async () => {
    const { pairwise, pairwiseMacro, forward, backward, dice, overlapCoefficient, baselines } =
      await overlapOf({
        universe: TEN,
        regions: [inTen(), inTen(), inTen(1)],
      });
    expect(pairwise).toEqual([
      [null, null, 0],
      [null, null, 0],
      [0, 0, 1],
    ]);
    expect(pairwiseMacro).toEqual(pairwise);
    expect(dice).toEqual(pairwise);
    expect(overlapCoefficient).toEqual([
      [null, null, null],
      [null, null, null],
      [null, null, 1],
    ]);
    expect(baselines.randomPairwise).toEqual(pairwise);
    expect(forward).toEqual([null, null, 0]);
    expect(backward).toEqual([1, 0, 0]);
  });

  it('T42: three-way with one empty is 0, isolation that empties all is undefined', async () => {
    const { forward } = await overlapOf({ universe: TEN, regions: [A, inTen(), C] });
    expect(forward[2]).toBe(0);
    const { isoUtility, baselines, regions } = await overlapOf({
      universe: TEN,
      regions: [A, C],
      utility: inTen(1, 2, 3, 4, 6),
    });
    expect(regions.map(({ isolatedSize }) => isolatedSize)).toEqual([0, 0]);
    expect(isoUtility?.pairwise).toEqual([
      [null, null],
      [null, null],
    ]);
    expect(isoUtility?.forward).toEqual([null, null]);
    expect(baselines.isoUtility?.randomPairwise).toEqual(isoUtility?.pairwise);
  });

  it('a utility region that is everything leaves nothing to be defined', async () => {
    const { isoUtility, baselines } = await overlapOf({
      universe: TEN,
      regions: [A, C],
      utility: inTen(0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    });
    expect(isoUtility?.backward).toEqual([null, null]);
    expect(baselines.isoUtility?.randomForward).toEqual([null, null]);
  });

  it('T43: forward and backward curves fall and end alike', async () => {
    const { forward, backward } = await overlapOf({ universe: TEN, regions: [A, B, C] });
    expect(forward).toEqual([1, 0.4, 1 / 6]);
    expect(backward).toEqual([1, 0.25, 1 / 6]);
  });

  it('T44: micro divides sums, macro averages ratios and skips empty modules', async () => {
    const universe: Universe = {
      'model.layers.0.mlp.up_proj.weight': 8,
      'model.layers.1.mlp.up_proj.weight': 9,
      'model.layers.2.mlp.up_proj.weight': 11,
    };
    const [first, second] = Object.keys(universe) as [string, string];
    const { pairwise, pairwiseMacro, byLayer, byModule } = await overlapOf({
      universe,
      // Module 1: |and| 1, |or| 3; module 2: 0 and 2; module 3: empty.
      regions: [
        { [first]: [0, 1], [second]: [0] },
        { [first]: [1, 2], [second]: [1] },
      ],
    });
    expect(pairwise[0]![1]).toBe(0.2);
    expect(pairwiseMacro[0]![1]).toBeCloseTo(1 / 6, 15);
    expect(Object.entries(byLayer).map(([layer, group]) => [layer, group.pairwise[0]![1]])).toEqual([
      ['0', 1 / 3],
      ['1', 0],
      ['2', null],
    ]);
    expect(byModule['up_proj']?.pairwise[0]![1]).toBe(0.2);
  });

  it.each([
    [[6, 14], [9, 14], 6 / 9],
    [[6, 14], [6, 12], 7 / 9],
    [[6, 11], [11, 15], 1 / 10],
    [[4, 5], [6, 7], 0],
    [[6, 12], [5, 11], 6 / 8],
  ])('T45: intervals of layers %j and %j', async (a, b, expected) => {
    const interval = ([from = 0, to = 0]: number[]) => ({
      layers: Array.from({ length: to - from + 1 }, (_, i) => from + i),
    });
    const { pairwise } = await overlapOf({ universe: { layers: 32 }, regions: [interval(a), interval(b)] });
    expect(pairwise[0]![1]).toBe(expected);
  });

  it('T45c: Dice of J = 1/3 is 1/2', async () => {
    const { pairwise, dice, overlapCoefficient } = await overlapOf({
      universe: TEN,
      regions: [inTen(1, 2), inTen(2, 3)],
    });
    expect([pairwise[0]![1], dice[0]![1], overlapCoefficient[0]![1]]).toEqual([1 / 3, 1 / 2, 1 / 2]);
  });

  it('T45d: taking utility out may raise J', async () => {
    const { pairwise, isoUtility, regions, utility } = await overlapOf({
      universe: TEN,
      regions: [inTen(1, 2), inTen(1, 3)],
      utility: inTen(2, 3),
    });
    expect(pairwise[0]![1]).toBe(1 / 3);
    expect(isoUtility?.pairwise[0]![1]).toBe(1);
    expect(regions.map(({ size, density, isolatedSize }) => [size, density, isolatedSize])).toEqual([
      [2, 0.2, 1],
      [2, 0.2, 1],
    ]);
    expect(utility).toEqual({ id: 'Du', size: 2 });
  });

  it.each([
    [1, 1, 0.63, 0.37, 0.227],
    [4, 4, 2.03, 0.493, 0.3267],
    [5, 5, 2.41, 0.518, 0.3495],
    [6, 6, 2.75, 0.542, 0.3714],
    [9, 8, 2.99, 0.626, 0.4178],
  ])('T15: p = %f %%, q = %f %%, isolated %f %%', async (p, q, s, share, expected) => {
    const N = 10_000;
    const [size, utilitySize, left] = [q, p, s].map((percent) => Math.round(percent * 100)) as [
      number,
      number,
      number,
    ];
    const range = (from: number, count: number) => ({
      all: Array.from({ length: count }, (_, i) => from + i),
    });
    const S = range(0, size);
    const U = range(left, utilitySize);
    const report = await overlapOf({ universe: { all: N }, regions: [S, U], utility: U });
    expect(report.regions[0]).toMatchObject({ size, isolatedSize: left });
    // Printed with two or three digits.
    expect(Math.abs(1 - report.regions[0]!.isolatedSize! / size - share)).toBeLessThan(0.001);
    expect(report.pairwise[0]![1]).toBeCloseTo(expected, 4);
  });

  it('T45b: the floor inside the complement of U does not move for independent S and U', async () => {
    // |S| = 500 of 10,000, U independent of it at 30 %: |S \ U| / (N - |U|) is 350 / 7000 = 5 % again.
    const units = (from: number, count: number) => ({
      all: Array.from({ length: count }, (_, i) => from + i),
    });
    const U = units(7000, 3000);
    const S = { all: [...units(0, 350).all, ...units(7000, 150).all] };
    const { baselines } = await overlapOf({ universe: { all: 10_000 }, regions: [S, S], utility: U });
    expect(baselines.randomForward[1]).toBeCloseTo(0.05 / 1.95, 12);
    expect(baselines.isoUtility?.randomForward[1]).toBeCloseTo(0.05 / 1.95, 12);
    expect(baselines.isoUtility?.randomPairwise[0]![1]).toBeCloseTo(0.0257, 3);
  });

  it('floors of macro means are taken module by module, isolated ones inside the complement of U', async () => {
    const universe: Universe = { a: 10, b: 7 };
    const S = { a: [0, 1, 2], b: [0, 1] };
    const { baselines } = await overlapOf({
      universe,
      regions: [S, S],
      utility: { a: [8, 9], b: [1, 2, 3] },
    });
    // N = 10, k = 3: 0.200833 (T45b); the others by hand from the hypergeometric distribution.
    const seven = (2 * 2 * 5 * (1 / 3) + 2 * 1) / (7 * 6);
    const eight = (3 * 10 * (1 / 5) + 3 * 5 * (2 / 4) + 1) / 56;
    const four = 1 / 4;
    expect(baselines.randomPairwiseMacro[0]![1]).toBeCloseTo((0.2008333333333333 + seven) / 2, 12);
    expect(baselines.isoUtility?.randomPairwiseMacro[0]![1]).toBeCloseTo((eight + four) / 2, 12);
  });

  it('counts the same in JavaScript, over several blocks', async () => {
    const uniform = seededUniform(3);
    const N = 1_000_003;
    const universe: Universe = {
      'model.layers.0.mlp.up_proj.weight': N,
      'model.layers.1.mlp.up_proj.weight': 77,
    };
    const region = (share: number) => ({
      'model.layers.0.mlp.up_proj.weight': Array.from({ length: N }, (_, i) => i).filter(
        () => uniform() < share,
      ),
      'model.layers.1.mlp.up_proj.weight': randomSubset(uniform, 77, 9),
    });
    const family = { universe, regions: [region(0.05), region(0.05), region(0.3)], utility: region(0.2) };
    const simd = await overlapOf(family);
    expect(await overlapOf(family, false)).toEqual(simd);
    // Independent draws lie at their floor: 5 sd of J (METHODS 2.2) is under 0.001 at this N.
    expect(Math.abs(simd.pairwise[0]![1]! - simd.baselines.randomPairwise[0]![1]!)).toBeLessThan(0.001);
    expect(simd.regions[2]!.size).toBe(family.regions[2]!['model.layers.0.mlp.up_proj.weight'].length + 9);
  });
});

describe('overlapRegions', () => {
  const locate = () => null;

  it('reads each module of each region once, one module after another', async () => {
    const log: string[] = [];
    const logged = (region: RegionSource): RegionSource => ({
      ...region,
      read: (name) => {
        log.push(`${name} ${region.id}`);
        return region.read(name);
      },
    });
    const universe = { a: 5, b: 6 };
    await overlapRegions([logged(source('D0', universe, {})), logged(source('D1', universe, {}))], {
      locate,
      utility: logged(source('Du', universe, {})),
    });
    expect(log).toEqual(['a D0', 'a D1', 'a Du', 'b D0', 'b D1', 'b Du']);
  });

  it('profiles a fused matrix by its parts, and counts it as one matrix', async () => {
    const [qkv, o] = ['model.layers.0.self_attn.qkv_proj.weight', 'model.layers.0.self_attn.o_proj.weight'];
    const [A, B, U] = [
      { [qkv]: [0, 1, 8, 9, 12], [o]: [2] },
      { [qkv]: [1, 2, 9, 11, 12], [o]: [2, 3] },
      { [qkv]: [9] },
    ];
    // q is units 0 to 6, k 7 to 10, v 11 to 12: no boundary is one of bytes.
    const parts = { q_proj: [0, 7], k_proj: [7, 4], v_proj: [11, 2] } as const;
    const fused = (id: string, region: Units): RegionSource => ({
      ...source(id, { [qkv]: 13, [o]: 4 }, region),
      modules: [
        {
          name: qkv,
          units: 13,
          parts: Object.entries(parts).map(([module, [, units]]) => ({ module, units })),
        },
        { name: o, units: 4 },
      ],
    });
    const whole = await overlapRegions([fused('D0', A), fused('D1', B)], {
      locate: parseParamName,
      utility: fused('Du', U),
    });
    const apart = (region: Units): Units => ({
      [o]: region[o] ?? [],
      ...Object.fromEntries(
        Object.entries(parts).map(([module, [first, units]]) => [
          qkv.replace('qkv_proj', module),
          (region[qkv] ?? []).filter((u) => u >= first && u < first + units).map((u) => u - first),
        ]),
      ),
    });
    const universe = {
      [o]: 4,
      ...Object.fromEntries(
        Object.entries(parts).map(([module, [, units]]) => [qkv.replace('qkv_proj', module), units]),
      ),
    };
    const split = await overlapOf({ universe, regions: [apart(A), apart(B)], utility: apart(U) });
    expect(whole.byModule).toEqual(split.byModule);
    expect(Object.keys(whole.byModule).sort()).toEqual(['k_proj', 'o_proj', 'q_proj', 'v_proj']);
    const one = await overlapOf({ universe: { [qkv]: 13, [o]: 4 }, regions: [A, B], utility: U });
    expect({ ...whole, byModule: {} }).toEqual({ ...one, byModule: {} });
  });

  it('refuses regions of different models, naming what differs', async () => {
    const one = source('D0', { a: 5, b: 6 }, {});
    const against = (other: RegionSource) => overlapRegions([one, other], { locate });
    await expect(against(source('D1', { a: 5 }, {}))).rejects.toMatchObject({
      code: 'regions-differ',
      message: expect.stringContaining('the first has no b') as string,
    });
    await expect(against(source('D1', { a: 5, b: 7 }, {}))).rejects.toThrow('b has 7 and 6 weights');
    await expect(against(source('D1', { a: 5, b: 6, c: 1 }, {}))).rejects.toThrow('3 and 2 modules');
    await expect(
      overlapRegions([one], { locate, utility: source('Du', { a: 6, b: 6 }, {}) }),
    ).rejects.toMatchObject({ code: 'regions-differ' });
  });

  it('refuses damaged modules, naming region and module', async () => {
    const modules = [{ name: 'a', units: 10 }];
    const reading = (bits: Uint8Array): RegionSource => ({
      id: 'D0',
      origin: '/run/D0.safetensors',
      modules,
      read: () => Promise.resolve(bits),
    });
    const refusal = (bits: Uint8Array) => overlapRegions([reading(bits)], { locate });
    await expect(refusal(new Uint8Array(1))).rejects.toThrow('/run/D0.safetensors: a has 1 bytes');
    await expect(refusal(Uint8Array.of(0, 0b100))).rejects.toThrow('bits set past its 10 weights');
    await expect(refusal(bitsetOf(10, [9]))).resolves.toMatchObject({ universe: 10 });
    await expect(overlapRegions([], { locate })).rejects.toMatchObject({ code: 'region-damaged' });
  });

  it('stops between modules when cancelled', async () => {
    const controller = new AbortController();
    const region = source('D0', { a: 1, b: 1 }, {});
    const read = (name: string) => {
      controller.abort();
      return region.read(name);
    };
    await expect(
      overlapRegions([{ ...region, read }], { locate, signal: controller.signal }),
    ).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
