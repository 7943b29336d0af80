/** What the HTML report says of runs beside their overlap. */
import path from 'node:path';
import type * as z from 'zod';
import { layerCurvesSchema, neuronSizesSchema, type ReportRun } from '../core/report/reportInput';
import type { Summary } from '../core/run/summary';
import { ToolError } from '../protocol/errors';
import { exists } from './exists';
import { openRun, type RunDirectory } from './runDirectory';
import { readVersionedJson } from './versionedJson';

/** @throws the codes of `openRun`, run-damaged, run-unreadable */
export function reportRuns(runDirs: readonly string[]): Promise<ReportRun[]> {
  return Promise.all(
    runDirs.map(async (directory) => {
      const run = await openRun(directory);
      const { datasets, utility } = run.manifest.experiment;
      const ids = [...datasets, ...(utility ? [utility] : [])].map(({ id }) => id);
      return {
        name: path.basename(run.path),
        path: run.path,
        manifest: run.manifest,
        summary: await summaryOf(run),
        layers: await reportsOf(run, 'safeLayer', ids, layerCurvesSchema),
        neurons: await reportsOf(run, 'safeNeuron', ids, neuronSizesSchema),
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

/** Those that there are. */
async function reportsOf<S extends z.ZodType>(
  run: RunDirectory,
  method: string,
  ids: readonly string[],
  schema: S,
): Promise<z.output<S>[]> {
  const found: z.output<S>[] = [];
  for (const id of ids) {
    const file = run.file('reports', method, `${id}.json`);
    if (await exists(file)) found.push(await readVersionedJson(file, schema, 1));
  }
  return found;
}
