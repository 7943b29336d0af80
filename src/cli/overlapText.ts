import { overlapRuns, type OverlapRunsOptions } from '../store/overlapRuns';
import { shellWord } from './plainText';
import { formatOverlap, formatOverview } from './tables/formatOverlap';

export type OverlapFormat = Parameters<typeof formatOverlap>[1];

export async function overlapText(
  runDirs: readonly string[],
  format: OverlapFormat,
  options: OverlapRunsOptions = {},
): Promise<string> {
  return formatOverlap(await overlapRuns(runDirs, options), format);
}

/** The main tables of one run, and where the others are. */
export async function overviewText(runDir: string): Promise<string> {
  return [
    formatOverview(await overlapRuns([runDir])),
    '',
    'By layer, module and head, plateaus, likeness of the datasets, methods against one another, CSV, LaTeX:',
    `safety-region overlap ${shellWord(runDir)}`,
  ].join('\n');
}
