import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsetOf, unitsOf } from '../../../src/core/masks/bitset';
import { cutHeads, headCut, type HeadSizes } from '../../../src/core/masks/headCut';
import { overlapRegions, type RegionSource } from '../../../src/core/masks/overlap';
import { parseUnitName } from '../../../src/core/model/unitNames';
import { iouOf } from './sets';

const subset = (units: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: 0, max: units - 1 }), { maxLength: units });

/** Rows of q, k, v and columns of o; headDim 8 and 16 take the fast ways, 3 the slow one. */
const sizes: fc.Arbitrary<HeadSizes> = fc.constantFrom(
  { heads: 4, kvHeads: 2, headDim: 8 },
  { heads: 2, kvHeads: 1, headDim: 32 },
  { heads: 2, kvHeads: 2, headDim: 3 },
  { heads: 3, kvHeads: 1, headDim: 4 },
);

describe('cutHeads', () => {
  it('gives every unit to the head that the matrix index says', () => {
    const cases = sizes.chain((of) =>
      fc.record({
        of: fc.constant(of),
        module: fc.constantFrom('q_proj', 'k_proj', 'v_proj', 'o_proj'),
        hidden: fc.constantFrom(1, 5, 8),
        chosen: subset(of.heads * of.headDim * 8),
      }),
    );
    fc.assert(
      fc.property(cases, ({ of, module, hidden, chosen }) => {
        const along = (module === 'k_proj' || module === 'v_proj' ? of.kvHeads : of.heads) * of.headDim;
        const columns = module === 'o_proj' ? along : hidden;
        const units = along * hidden;
        const set = chosen.filter((unit) => unit < units);
        const cut = headCut(module, units, columns, of);
        const heads = cutHeads(bitsetOf(units, set), cut!);
        const expected = Array.from({ length: along / of.headDim }, (_, head) =>
          set.filter((unit) => {
            const [row, column] = [Math.floor(unit / columns), unit % columns];
            return Math.floor((module === 'o_proj' ? column : row) / of.headDim) === head;
          }),
        );
        expect(heads.map((head) => unitsOf(head).length)).toEqual(expected.map((list) => list.length));
        if (module === 'o_proj') {
          const places = expected.map((list, head) =>
            list
              .map((unit) => Math.floor(unit / columns) * of.headDim + (unit % columns) - head * of.headDim)
              .sort((a, b) => a - b),
          );
          expect(heads.map(unitsOf)).toEqual(places);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is of no module without heads, nor of one of another size', () => {
    const of = { heads: 4, kvHeads: 2, headDim: 8 };
    expect(headCut('up_proj', 64, 2, of)).toBeNull();
    expect(headCut('toString', 64, 2, of)).toBeNull();
    expect(headCut('q_proj', 66, 2, of)).toBeNull();
    expect(headCut('o_proj', 64, 16, of)).toBeNull();
    expect(headCut('k', 16, 1, of)).toMatchObject({ key: 'k', heads: 2, unitsPerHead: 8 });
    expect(headCut('o', 32, 1, of)).toMatchObject({ key: 'o', heads: 4, strided: null });
  });
});

describe('byHead', () => {
  const HEADS = { heads: 4, kvHeads: 2, headDim: 8 };
  const region = (
    id: string,
    name: string,
    rows: number,
    columns: number,
    units: number[],
  ): RegionSource => ({
    id,
    modules: [{ name, units: rows * columns, columns }],
    read: () => Promise.resolve(bitsetOf(rows * columns, units)),
  });

  it('counts k and v by their own, fewer heads, and changes no other number', async () => {
    const name = 'model.layers.2.self_attn.v_proj.weight';
    await fc.assert(
      fc.asyncProperty(subset(80), subset(80), subset(80), async (a, b, u) => {
        const regions = [region('D0', name, 16, 5, a), region('D1', name, 16, 5, b)];
        const options = { locate: parseUnitName, utility: region('Du', name, 16, 5, u) };
        const whole = await overlapRegions(regions, options);
        const { byHead, ...rest } = await overlapRegions(regions, { ...options, heads: HEADS });
        expect({ ...rest, byHead: {} }).toEqual(whole);
        expect(Object.keys(byHead)).toEqual(['2']);
        expect(Object.keys(byHead['2']!)).toEqual(['v']);
        const of = (units: number[], head: number) =>
          new Set(units.filter((unit) => Math.floor(unit / 40) === head).map(String));
        expect(Object.values(byHead['2']!['v']!).map(({ pairwise }) => pairwise[0]![1])).toEqual(
          [0, 1].map((head) => iouOf([of(a, head), of(b, head)])),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('finds heads inside the parts of a fused matrix', async () => {
    const name = 'model.layers.0.self_attn.qkv_proj.weight';
    const parts = [
      { module: 'q_proj', units: 32 * 3 },
      { module: 'k_proj', units: 16 * 3 },
      { module: 'v_proj', units: 16 * 3 },
    ];
    const fused = (id: string, units: number[]): RegionSource => {
      const whole = region(id, name, 64, 3, units);
      return { ...whole, modules: whole.modules.map((module) => ({ ...module, parts })) };
    };
    // Row 8 of q is head 1; row 32 + 15 of the whole is k's row 15, its head 1; row 48 is v's row 0.
    const { byHead } = await overlapRegions(
      [fused('D0', [8 * 3, 47 * 3, 48 * 3]), fused('D1', [8 * 3, 47 * 3 + 1])],
      { locate: parseUnitName, heads: HEADS },
    );
    const pair = (module: string, head: string) => byHead['0']?.[module]?.[head]?.pairwise[0]?.[1];
    expect(Object.keys(byHead['0']!['q']!)).toHaveLength(4);
    expect([pair('q', '1'), pair('q', '0'), pair('k', '1'), pair('v', '0')]).toEqual([1, null, 0, 0]);
  });

  it('of neurons goes by index', async () => {
    const neurons = (id: string, units: number[]): RegionSource => ({
      id,
      modules: [{ name: 'model.layers.0.o', units: 32 }],
      read: () => Promise.resolve(bitsetOf(32, units)),
    });
    const { byHead } = await overlapRegions([neurons('D0', [0, 31]), neurons('D1', [7, 31])], {
      locate: parseUnitName,
      payload: 'neurons',
      heads: HEADS,
    });
    const { o } = byHead['0']!;
    expect([o!['0']?.pairwise[0]![1], o!['3']?.pairwise[0]![1], o!['1']?.pairwise[0]![1]]).toEqual([
      0,
      1,
      null,
    ]);
  });
});

describe('the order of the n-way measures', () => {
  it('changes the curves and nothing else', async () => {
    const regions = [
      [0, 1, 2],
      [1, 2],
      [2, 9],
      [0, 2],
    ].map((units, i) => region3(`D${i}`, units));
    const plain = await overlapRegions(regions, { locate: parseUnitName });
    const ordered = await overlapRegions(regions, { locate: parseUnitName, order: [2, 0, 3, 1] });
    expect(ordered.order).toEqual(['D2', 'D0', 'D3', 'D1']);
    expect(ordered.forward).toEqual([1, 1 / 4, 1 / 4, 1 / 4]);
    expect(ordered.backward).toEqual([1, 1 / 3, 1 / 3, 1 / 4]);
    expect({ ...ordered, order: plain.order, forward: plain.forward, backward: plain.backward }).toEqual({
      ...plain,
      baselines: ordered.baselines,
      convergence: ordered.convergence,
    });
    await expect(overlapRegions(regions, { locate: parseUnitName, order: [0, 1, 2] })).rejects.toThrow(
      RangeError,
    );
  });

  function region3(id: string, units: number[]): RegionSource {
    const name = 'model.layers.0.mlp.up_proj.weight';
    return { id, modules: [{ name, units: 10 }], read: () => Promise.resolve(bitsetOf(10, units)) };
  }
});
