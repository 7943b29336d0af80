import { overlapPage } from '../core/report/overlapPage';
import { inputError } from '../protocol/errors';
import { writeFileAtomic } from '../store/atomicFile';
import { overlapRuns, type OverlapRunsOptions } from '../store/overlapRuns';
import { reportRuns } from '../store/reportRuns';

/** @throws ToolError report-unwritable, and the codes of `overlapRuns` and `reportRuns` */
export async function overlapHtml(
  runDirs: readonly string[],
  file: string,
  options: OverlapRunsOptions,
): Promise<void> {
  const page = overlapPage({ overlap: await overlapRuns(runDirs, options), runs: await reportRuns(runDirs) });
  try {
    await writeFileAtomic(file, page);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw inputError(
      'report-unwritable',
      `${file} cannot be written: ${why}.`,
      'Name a file in a folder of yours.',
    );
  }
}
