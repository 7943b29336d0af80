import { overlapRuns, type OverlapRunsOptions } from '../store/overlapRuns';
import { formatOverlap } from './tables/formatOverlap';

export type OverlapFormat = Parameters<typeof formatOverlap>[1];

export async function overlapText(
  runDirs: readonly string[],
  format: OverlapFormat,
  options: OverlapRunsOptions = {},
): Promise<string> {
  return formatOverlap(await overlapRuns(runDirs, options), format);
}
