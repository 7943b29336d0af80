import { openRun } from '../store/runDirectory';
import { overlapRuns, type OverlapRunsOptions } from '../store/overlapRuns';
import { shellWord } from './plainText';
import { runWarnings } from './runWarnings';
import { formatOverlap, formatOverview } from './tables/formatOverlap';

export type OverlapFormat = Parameters<typeof formatOverlap>[1];

export async function overlapText(
  runDirs: readonly string[],
  format: OverlapFormat,
  options: OverlapRunsOptions = {},
): Promise<string> {
  return formatOverlap(await overlapRuns(runDirs, options), format);
}

/**
 * The main tables of one run, what it warns of, and where the other tables are.
 * @param command what a shell calls this program
 */
export async function overviewText(runDir: string, command: string): Promise<string> {
  const run = await openRun(runDir);
  const warnings = runWarnings(run.manifest, await run.summary());
  return [
    formatOverview(await overlapRuns([runDir])),
    '',
    ...(warnings.length > 0 ? [...warnings, ''] : []),
    'By layer, module and head, plateaus, likeness of the datasets, methods against one another, CSV, LaTeX:',
    `${command} overlap ${shellWord(runDir)}`,
  ].join('\n');
}
