import { describe, expect, it } from 'vitest';
import { overlapRegions } from '../../../src/core/masks/overlap';
import type { MethodOverlap, OverlapReport } from '../../../src/core/masks/overlapReport';
import { parseParamName } from '../../../src/core/model/paramNames';
import { formatOverlap, formatOverview } from '../../../src/cli/tables/formatOverlap';
import { source } from './sets';

const NAME = 'model.layers.0.mlp.up_proj.weight';
const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const reportOf = (methods: OverlapReport['methods']): OverlapReport => ({
  schemaVersion: 1,
  methods,
  leftOut: [],
  crossMethod: null,
});

async function weights(): Promise<MethodOverlap> {
  const regions = [4, 4, 8].map((size, i) => source(`D${i}`, { [NAME]: 40 }, { [NAME]: range(i, size) }));
  const utility = source('Du', { [NAME]: 40 }, { [NAME]: [0, 3] });
  return overlapRegions(regions, { locate: parseParamName, utility, notes: ['A note.'] });
}

async function layers(intervals: readonly (readonly [number, number] | null)[]): Promise<MethodOverlap> {
  const regions = intervals.map((interval, i) => {
    const held = interval ? range(interval[0], interval[1] - interval[0] + 1) : [];
    return source(`D${i}`, { layers: 12 }, { layers: held });
  });
  const overlap = await overlapRegions(regions, { locate: () => null, payload: 'layers' });
  return { ...overlap, regions: overlap.regions.map((of, i) => ({ ...of, interval: intervals[i] ?? null })) };
}

describe('formatOverview', () => {
  it('has each IoU below the diagonal and its floor above it, with and without utility', async () => {
    const snip = await weights();
    const text = formatOverview(reportOf({ snip }));
    const four = (value: number | null | undefined) => value!.toFixed(4);
    for (const [title, of, floors] of [
      ['Pairwise IoU (micro)', snip, snip.baselines],
      ['Pairwise IoU outside the utility region (micro)', snip.isoUtility!, snip.baselines.isoUtility!],
    ] as const) {
      const table = text.split(`${title} below the diagonal, what chance gives above it\n`)[1]!.split('\n');
      const cells = table.slice(1, 4).map((line) => line.trim().split(/ +/).slice(1));
      expect(cells[0]).toEqual(['.', ...[1, 2].map((b) => four(floors.randomPairwise[0]![b]))]);
      expect(cells[2]).toEqual([...[0, 1].map((b) => four(of.pairwise[2]![b])), '.']);
      const mean = (matrix: (number | null)[][]) =>
        four((matrix[1]![0]! + matrix[2]![0]! + matrix[2]![1]!) / 3);
      expect(table[4]).toBe(
        `Mean over the pairs: ${mean(of.pairwise)}, by chance ${mean(floors.randomPairwise)}.`,
      );
    }
    expect(text).toMatch(/\n {2}n +added +forward +random +outside +random +added/);
    expect(text).toMatch(/A note\.$/);
    expect(text).not.toContain('All methods');
    expect(text.split('\n').length).toBeLessThan(
      formatOverlap(reportOf({ snip }), 'text').split('\n').length / 2,
    );
  });

  it('ends with all methods, undefined where there is no utility', async () => {
    const text = formatOverview(
      reportOf({ snip: await weights(), safeLayer: await layers([[2, 5], [3, 5], null]) }), // prettier-ignore
    );
    const last = text
      .split('\n')
      .slice(-2)
      .map((line) => line.trim().split(/ +/));
    expect(last.map(([method]) => method)).toEqual(['snip', 'safeLayer']);
    expect(last.map((cells) => cells.length)).toEqual([9, 9]);
    expect(last[1]!.slice(3, 5)).toEqual(['-', '-']);
  });

  it('shows layers as intervals, and matrices only where they differ', async () => {
    const differing = formatOverview(reportOf({ safeLayer: await layers([[2, 5], [3, 5], null]) })); // prettier-ignore
    expect(differing).toMatch(/D0 +2 to 5 +4 [^]*D1 +3 to 5 +3 [^]*D2 +none +0 [^]*Pairwise/);
    const one = formatOverview(reportOf({ safeLayer: await layers([[2, 5], [2, 5]]) })); // prettier-ignore
    expect(one).toMatch(/One interval for all: IoU 1 of every pair, by chance 0\.\d+/);
    const none = reportOf({ safeLayer: await layers([null, null]) });
    for (const text of [one, formatOverview(none), formatOverlap(none, 'text')]) {
      expect(text).not.toMatch(/Pairwise|n-way IoU/);
    }
    expect(formatOverlap(none, 'text')).toMatch(/D1 +none +0 +0/);
  });
});
