import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { adapterReport } from '../../../src/protocol/explorer/adapterReports';
import { layerReport } from '../../../src/protocol/explorer/layerReports';
import { neuronReport } from '../../../src/protocol/explorer/neuronSizes';
import { ensureFolder } from '../../../src/store/atomicFile';
import { stageReports } from '../../../src/store/stageReports';
import { cannedAdapterReport, cannedLayerReport } from '../../vscode/harness/cannedReports';
import { startedRun, SUMMARY, temporaryFolder } from './testRuns';

describe('reports beside regions', async () => {
  const run = await startedRun(await temporaryFolder());
  const write = async (method: string, id: string, content: unknown): Promise<string> => {
    const file = run.file('reports', method, `${id}.json`);
    await ensureFolder(path.dirname(file));
    await writeFile(file, JSON.stringify(content));
    return file;
  };

  it('are those that there are, in the order of the datasets, without what is not shown', async () => {
    expect(await stageReports(run, 'safeLayer', layerReport)).toEqual([]);
    await write('safeLayer', 'D1', cannedLayerReport('D1', 'Du'));
    expect((await stageReports(run, 'safeLayer', layerReport)).map(({ dataset }) => dataset)).toEqual(['D1']);
    await write('safeLayer', 'D0', cannedLayerReport('D0', 'Du'));
    const reports = await stageReports(run, 'safeLayer', layerReport);
    expect(reports.map(({ dataset }) => dataset)).toEqual(['D0', 'D1']);
    const { pairs, method, ...shown } = cannedLayerReport('D0', 'Du');
    expect([pairs.uu.length, method]).toEqual([1, 'safeLayer']);
    expect(reports[0]).toEqual(shown);
  });

  it('are an error that names the file and the field where one is not as it was written', async () => {
    const file = await write('safeNeuron', 'Du', {
      schemaVersion: 1,
      dataset: 'Du',
      settings: {},
      layers: 7,
    });
    await expect(stageReports(run, 'safeNeuron', neuronReport)).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringContaining(`${file}: layers: `) as string,
    });
    await write('nlsr', 'D0', { schemaVersion: 2 });
    await expect(stageReports(run, 'nlsr', adapterReport)).rejects.toMatchObject({ code: 'run-unreadable' });
  });

  it('are read as the engine writes them', async () => {
    const { method, ...shown } = cannedAdapterReport('Du');
    await write('nlsr', 'Du', { method, ...shown });
    await write('nlsr', 'D0', cannedAdapterReport('D0'));
    expect((await stageReports(run, 'nlsr', adapterReport))[1]).toEqual(shown);
  });

  it('of a finished run are the ones that it wrote: a changed number is not shown', async () => {
    const report = cannedLayerReport('D0', 'Du');
    const finished = await startedRun(await temporaryFolder());
    const file = finished.file('reports', 'safeLayer', 'D0.json');
    await ensureFolder(path.dirname(file));
    await writeFile(file, JSON.stringify(report));
    await finished.finish(SUMMARY);
    expect(await stageReports(finished, 'safeLayer', layerReport)).toHaveLength(1);
    await writeFile(file, JSON.stringify({ ...report, layers: report.layers + 1 }));
    await expect(stageReports(finished, 'safeLayer', layerReport)).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringContaining('reports/safeLayer/D0.json') as string,
    });
    // What another method left is not its matter.
    expect(await stageReports(finished, 'nlsr', adapterReport)).toEqual([]);
  });
});
