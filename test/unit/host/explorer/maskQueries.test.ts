import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerQuery } from '../../../../src/host/explorer/answerQuery';
import { ShownRuns } from '../../../../src/host/explorer/shownRuns';
import { checkedAnswer, type Answer, type QueryName } from '../../../../src/protocol/explorer/queries';
import { addMaskRun } from '../../../vscode/harness/cannedMasks';

let root: string;
let dirs: string[];
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
  dirs = [
    await addMaskRun(root, 'a', '2026-01-01T00:00:00.000Z'),
    await addMaskRun(root, 'b', '2026-01-02T00:00:00.000Z'),
  ];
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;
async function ask<N extends QueryName>(name: N, params: unknown, runs: ShownRuns): Promise<Answer<N>> {
  const answer = checkedAnswer(name, structuredClone(await answerQuery(name, params, { runs, signal })));
  if ('fault' in answer) throw new Error(answer.fault);
  return answer.data;
}

const of = (keep: string[], without: string[] = []) => ({ method: 'wanda', keep, without });

describe('the queries of the view of masks', () => {
  it('count by layer and module', async () => {
    const { unit, grid, matrices } = await ask('densityGrid', of(['D0']), new ShownRuns(dirs.slice(0, 1)));
    expect(unit).toBe('weight');
    expect(grid).toMatchObject({
      layers: [0, 1],
      columns: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'up_proj'],
      sizes: [
        [16, 8, 0, 0, 0],
        [0, 0, 0, 0, 16],
      ],
    });
    expect(matrices.find(({ layer, label }) => layer === 1 && label === 'up_proj')).toEqual({
      layer: 1,
      label: 'up_proj',
      parameter: 'model.layers.1.mlp.up_proj.weight',
      firstRow: 0,
      shape: [128, 8],
      isWhole: true,
      unitIs: 'weight',
      size: 16,
      units: 1024,
    });
  });

  it('count by head: four of q and o, two of k and v', async () => {
    const { heads } = await ask('headDensity', of(['D1'], ['D0']), new ShownRuns(dirs.slice(0, 1)));
    expect(heads.map(({ key, columns }) => [key, columns.length])).toEqual([
      ['q', 4],
      ['k', 2],
      ['v', 2],
      ['o', 4],
    ]);
    expect(heads[3]?.sizes).toEqual([
      [0, 0, 0, 8],
      [0, 0, 0, 0],
    ]);
  });

  it('show tiles of a matrix', async () => {
    const place = { layer: 1, matrix: 'up_proj', window: null };
    const map = await ask('tileMap', { ...of(['D0']), ...place }, new ShownRuns(dirs.slice(0, 1)));
    expect([map.sizes.length, map.sizes[0], map.sizes[1]]).toEqual([64, Array(8).fill(2), Array(8).fill(0)]);
  });

  it('name regions of compared runs by their labels', async () => {
    const runs = new ShownRuns(dirs);
    const { grid } = await ask('densityGrid', of(['A/D0', 'B/D1']), runs);
    expect(grid.sizes).toEqual([
      [8, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
    ]);
    await expect(ask('densityGrid', of(['D0']), runs)).rejects.toMatchObject({ code: 'region-unknown' });
  });

  it.each([
    ['densityGrid', { method: 'wanda', keep: [], without: [] }, 'query-invalid'],
    ['densityGrid', of(['../../secret']), 'region-unknown'],
    ['tileMap', { ...of(['D0']), layer: 0, matrix: 'q_proj', window: { rows: [0.5, 1], columns: [0, 1] } }, 'query-invalid'], // prettier-ignore
    ['tileMap', { ...of(['D0']), layer: 7, matrix: 'q_proj', window: null }, 'matrix-unknown'],
  ] as const)('refuse %s of %j', async (name, params, code) => {
    await expect(ask(name, params, new ShownRuns(dirs.slice(0, 1)))).rejects.toMatchObject({ code });
  });
});
