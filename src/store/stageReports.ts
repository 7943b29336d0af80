/** What a method left beside its regions: reports/<method>/<dataset>.json, compared with the run's checksums. */
import type * as z from 'zod/mini';
import { exists } from './exists';
import type { RunDirectory } from './runDirectory';
import { readVersionedJson } from './versionedJson';

/**
 * Those that there are, in the order of the experiment's datasets, utility last: a run that goes on has some of them.
 * @throws ToolError run-damaged, run-unreadable
 */
export async function stageReports<S extends z.core.$ZodType>(
  run: RunDirectory,
  method: string,
  schema: S,
): Promise<z.output<S>[]> {
  await run.verify((relative) => relative.startsWith(`reports/${method}/`));
  const { datasets, utility } = run.manifest.experiment;
  const found: z.output<S>[] = [];
  for (const { id } of [...datasets, ...(utility ? [utility] : [])]) {
    const file = run.file('reports', method, `${id}.json`);
    if (await exists(file)) found.push(await readVersionedJson(file, schema, 1));
  }
  return found;
}
