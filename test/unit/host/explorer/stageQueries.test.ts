import { rename } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerQuery } from '../../../../src/host/explorer/answerQuery';
import { ShownRuns } from '../../../../src/host/explorer/shownRuns';
import {
  checkedAnswer,
  type Answer,
  type Params,
  type QueryName,
} from '../../../../src/protocol/explorer/queries';
import { beginStagesRun } from '../../../vscode/harness/cannedStages';
import { temporaryFolder } from '../../store/testRuns';

describe('queries of what methods leave beside their regions', async () => {
  const root = await temporaryFolder();
  const begun = await beginStagesRun(root, 'one', '2026-03-02T10:00:00.000Z');
  await begun.write('safeLayer');
  await begun.write('nlsr');
  const runs = new ShownRuns([begun.path]);

  async function ask<N extends QueryName>(name: N, params: Params<N>): Promise<Answer<N>> {
    const { signal } = new AbortController();
    const checked = checkedAnswer(name, await answerQuery(name, params, { runs, signal }));
    if ('fault' in checked) throw new Error(checked.fault);
    return checked.data;
  }

  it('have reports as they are written: of a run that goes on, too', async () => {
    const ids = ({ reports }: { reports: readonly { dataset: string }[] }): string[] =>
      reports.map(({ dataset }) => dataset);
    expect(ids(await ask('layerReports', { run: 0 }))).toEqual(['D0', 'D1']);
    expect(ids(await ask('adapterReports', { run: 0 }))).toEqual(['D0', 'D1', 'Du']);
    expect(ids(await ask('neuronSizes', { run: 0 }))).toEqual([]);
    await begun.write('safeNeuron');
    expect(ids(await ask('neuronSizes', { run: 0 }))).toEqual(['D0', 'D1', 'Du']);
  });

  it("have the overlap of an adapter's factors, pooled and apart", async () => {
    const { regions, parts } = await ask('adapterOverlap', {});
    expect(regions).toEqual(['D0', 'D1']);
    // A shares 2 of 6 weights, B all 4.
    expect(parts.map(({ part, pairwise }) => [part, pairwise[0]?.[1]])).toEqual([
      ['pooled', 0.6],
      ['A', 2 / 6],
      ['B', 1],
    ]);
    for (const { randomPairwise } of parts) expect(randomPairwise[0]?.[1]).toBeGreaterThan(0);
  });

  it('have neurons by page', async () => {
    const all = { run: 0, dataset: null, outsideUtility: true, layer: null, type: null, offset: 0 };
    const { total, neurons } = await ask('neuronList', { ...all, limit: 1 });
    expect(total).toBe(2);
    expect(neurons).toMatchObject([{ layer: 0, type: 'q', index: 2, heldBy: 2 }]);
    // Regions are read once: other pages, layers and types come of what was found.
    const hidden = path.join(begun.path, 'hidden');
    await rename(path.join(begun.path, 'regions'), hidden);
    const next = await ask('neuronList', { ...all, offset: 1, limit: 1 });
    expect(next.neurons).toMatchObject([{ layer: 1, type: 'ffn', index: 7 }]);
    expect((await ask('neuronList', { ...all, type: 'q', limit: 9 })).total).toBe(1);
    await rename(hidden, path.join(begun.path, 'regions'));
  });

  it.each([
    ['layerReports', { run: 1 }, 'run-unknown'],
    ['layerReports', { run: -1 }, 'query-invalid'],
    ['neuronList', { run: 0, limit: 501 }, 'query-invalid'],
  ])('refuse %s of %j', async (name, params, code) => {
    const { signal } = new AbortController();
    await expect(answerQuery(name, params, { runs, signal })).rejects.toMatchObject({ code });
  });
});
