import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerQuery } from '../../../../src/host/explorer/answerQuery';
import { loadOverview } from '../../../../src/host/explorer/loadOverview';
import { ShownRuns } from '../../../../src/host/explorer/shownRuns';
import {
  checkedAnswer,
  type Answer,
  type Params,
  type QueryName,
} from '../../../../src/protocol/explorer/queries';
import { addDoneRun, cannedIoU, cannedIsoIoU } from '../../../vscode/harness/cannedRun';

let root: string;
let runs: ShownRuns;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
  runs = new ShownRuns([await addDoneRun(root, 'canned', '2026-01-01T00:00:00.000Z')]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;
const ask = (name: string, params: unknown, of: AbortSignal = signal): Promise<unknown> =>
  answerQuery(name, params, { runs, signal: of });

async function answered<N extends QueryName>(name: N, params: Params<N>): Promise<Answer<N>> {
  const checked = checkedAnswer(name, structuredClone(await ask(name, params)));
  if ('fault' in checked) throw new Error(checked.fault);
  return checked.data;
}

/** Centroids on a circle, 5 degrees apart; no prompt in common. */
function similarityReport(): unknown {
  const ids = [...Array.from({ length: 10 }, (_, i) => `D${i}`), 'Du'];
  const none = ids.map((_, a) => ids.map((__, b) => (a === b ? 1 : 0)));
  return {
    schemaVersion: 1,
    source: { kind: 'model', name: 'canned', layer: 1, layers: 2, pooling: 'mean', files: {} },
    datasets: ids.map((id, i) => ({
      ...{ id, role: id === 'Du' ? 'utility' : 'identification', kind: null, samples: 1, cut: 0 },
      ...{ promptTokens: 10 + i, responseTokens: 5, promptHashes: [i.toString(16).padStart(16, '0')] },
      centroid: [Math.cos((i * Math.PI) / 36), Math.sin((i * Math.PI) / 36)],
    })),
    cosine: none,
    promptOverlap: { shared: none, jaccard: none },
  };
}

const about = (method: string): Params<'overlap'> => ({ method, measure: 'iou', scope: 'all', group: '' });

describe('a question of the page', () => {
  it.each([
    ['constructor', {}, 'query-unknown'],
    ['overlap', { method: 7 }, 'query-invalid'],
    ['overlap', null, 'query-invalid'],
    ['overlap', { method: 'x'.repeat(1_001) }, 'query-invalid'],
    ['overlap', { method: 'snip', measure: 'cosine', scope: 'all', group: '' }, 'query-invalid'],
    ['overlap', about('nlsr'), 'run-lacks-method'],
    // The hand-made files do not say which heads the model has.
    ['overlap', { ...about('snip'), scope: 'head' }, 'scope-empty'],
  ])('%s %j is refused', async (name, params, code) => {
    await expect(ask(name, params)).rejects.toMatchObject({ code, mend: expect.any(String) as string });
  });

  it('about the overlap has the measures and their floors, plain and without the utility region', async () => {
    const answer = checkedAnswer('overlap', structuredClone(await ask('overlap', about('snip'))));
    if ('fault' in answer) throw new Error(answer.fault);
    const { plain, isoUtility, regions, utility, universe } = answer.data;
    expect({ universe, utility }).toEqual({ universe: 6400, utility: { id: 'Du', size: 320 } });
    expect(regions[3]).toEqual({ id: 'D3', size: 320, density: 0.05, isolatedSize: 60 });
    expect(plain.values[2]?.[5]).toBeCloseTo(cannedIoU(2, 5), 12);
    expect(isoUtility?.values[2]?.[5]).toBeCloseTo(cannedIsoIoU(2, 5) ?? Number.NaN, 12);
    // D0 lies wholly in the utility region: nothing over nothing.
    expect(isoUtility?.values[0]?.[0]).toBeNull();
    // q / (2 - q) at 5 %, but for the correction of a finite universe.
    expect(plain.random[2]?.[5]).toBeCloseTo(0.05 / 1.95, 3);
  });

  it('has every measure with the floor that belongs to it', async () => {
    const pair = async (measure: Params<'overlap'>['measure']): Promise<(number | null | undefined)[]> => {
      const { plain } = await answered('overlap', { ...about('snip'), measure });
      return [plain.values[1]?.[3], plain.random[1]?.[3]];
    };
    // 320 of 6,400 weights each, 280 in common; at random 320 * 320 / 6400 = 16 in common.
    const [iou, dice, coefficient] = [
      await pair('iou'),
      await pair('dice'),
      await pair('overlapCoefficient'),
    ];
    expect(iou[0]).toBeCloseTo(280 / 360, 12);
    expect(dice).toEqual([280 / 320, 16 / 320]);
    expect(coefficient).toEqual([280 / 320, 16 / 320]);
    // One matrix: the mean over matrices is its own.
    expect((await pair('iouMacro'))[0]).toBe(iou[0]);
  });

  it('is about a part of the model: the first where the one that is named is not there', async () => {
    const { groups, group, plain } = await answered('overlap', {
      ...about('snip'),
      scope: 'module',
      group: 'v_proj',
    });
    expect({ groups, group }).toEqual({ groups: ['q_proj'], group: 'q_proj' });
    expect(plain.values[2]?.[5]).toBeCloseTo(cannedIoU(2, 5), 12);
  });

  it('about convergence has the curves with their chance, and whether they settle', async () => {
    const { figures, tables } = await answered('convergenceFigures', { method: 'snip' });
    const [plain] = figures;
    if (plain?.plot.kind !== 'line') throw new Error('no curves');
    const labels = plain.plot.options.series.map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['forward', 'backward', 'all orders', 'chance, backward']));
    plain.plot.options.series[0]?.values.forEach((value, n) =>
      expect(value).toBeCloseTo(cannedIoU(0, n), 12),
    );
    expect(tables[0]?.caption).toMatch(
      /^J_n = .* \* rate\^\(n - 1\); settled: at least 5 regions, .* of it\.$/,
    );
    expect(tables[0]?.table.rows.map(([name]) => name)).toEqual([
      'forward',
      'backward',
      'all orders',
      'common share, all orders',
    ]);
  });

  it('about floors has one row a pair, empty where nothing was measured', async () => {
    const { tables } = await answered('floorFigures', { method: 'snip' });
    const rows = tables[0]?.table.rows ?? [];
    expect(rows).toHaveLength(45);
    const [pair, iou, random, shared, first, second, ceiling] =
      rows.find(([name]) => name === 'D1, D3') ?? [];
    expect(pair).toBe('D1, D3');
    expect(iou).toBeCloseTo(280 / 360, 12);
    expect(random).toBeCloseTo(0.05 / 1.95, 3);
    // The utility region is that of D0: 300 and 260 of 320 in common.
    expect(first).toBeCloseTo(300 / 340, 12);
    expect(second).toBeCloseTo(260 / 380, 12);
    expect([shared, ceiling]).toEqual([null, null]);
  });

  it('about similarity is empty where it was not measured', async () => {
    expect(await answered('similarityFigures', { method: 'snip' })).toEqual({ figures: [], tables: [] });
  });

  it('about similarity has the centroids, the IoU beside them, a point a pair and correlations', async () => {
    const dir = await addDoneRun(root, 'alike', '2026-01-02T00:00:00.000Z');
    mkdirSync(path.join(dir, 'reports'), { recursive: true });
    writeFileSync(path.join(dir, 'reports', 'similarity.json'), JSON.stringify(similarityReport()));
    expect(await loadOverview([dir])).toMatchObject({ hasSimilarity: true });
    const context = { runs: new ShownRuns([dir]), signal };
    const answer = await answerQuery('similarityFigures', { method: 'snip' }, context);
    const checked = checkedAnswer('similarityFigures', structuredClone(answer));
    if ('fault' in checked) throw new Error(checked.fault);
    const [centroids, iou, points] = checked.data.figures.map(({ plot }) => plot);
    if (centroids?.kind !== 'heatmap' || iou?.kind !== 'heatmap' || points?.kind !== 'scatter') {
      throw new Error('other figures');
    }
    // Two steps of 5 degrees.
    expect(centroids.options.values[1]?.[3]).toBeCloseTo(Math.cos(Math.PI / 18), 12);
    expect(iou.options.values[1]?.[3]).toBeCloseTo(cannedIsoIoU(1, 3) ?? Number.NaN, 12);
    expect(points.options.groups.flatMap((group) => group.points)).toHaveLength(45);
    const [first] = checked.data.tables[0]?.table.rows ?? [];
    expect(first?.[0]).toBe('centroids, all sets');
    expect(first?.slice(1).every((value) => typeof value === 'number')).toBe(true);
  });

  it('that nobody waits for any more is not counted to the end', async () => {
    const gone = new AbortController();
    const asked = ask('overlap', about('wanda'), gone.signal);
    gone.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
