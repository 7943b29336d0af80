/** What the HTML report says of runs beside their overlap. */
import path from 'node:path';
import type { ReportRun } from '../core/report/reportInput';
import type { Summary } from '../core/run/summary';
import { ToolError } from '../protocol/errors';
import { layerReport } from '../protocol/explorer/layerReports';
import { neuronReport } from '../protocol/explorer/neuronSizes';
import { openRun, type RunDirectory } from './runDirectory';
import { stageReports } from './stageReports';

/** @throws the codes of `openRun`, run-damaged, run-unreadable */
export function reportRuns(runDirs: readonly string[]): Promise<ReportRun[]> {
  return Promise.all(
    runDirs.map(async (directory) => {
      const run = await openRun(directory);
      return {
        name: path.basename(run.path),
        path: run.path,
        manifest: run.manifest,
        summary: await summaryOf(run),
        layers: await stageReports(run, 'safeLayer', layerReport),
        neurons: await stageReports(run, 'safeNeuron', neuronReport),
      };
    }),
  );
}

async function summaryOf(run: RunDirectory): Promise<Summary | null> {
  try {
    return await run.summary();
  } catch (error) {
    if (error instanceof ToolError && error.code === 'run-unfinished') return null;
    throw error;
  }
}
