/** Which runs the lenses above an experiment lead to. Pure. */
import path from 'node:path';
import type { RunOverview } from '../../store/runList';

export interface LensRuns {
  readonly interrupted: RunOverview | null;
  readonly done: RunOverview | null;
  readonly running: RunOverview | null;
}

/**
 * The newest run of each state that `experimentFile` (absolute) made. Copied folders keep the path of where they were
 * made: a run beside the experiment counts too, where that had the same file name.
 * @param runs newest first; read only until a finished run is found, behind which an interrupted one is of no interest
 */
export async function lensRuns(runs: AsyncIterable<RunOverview>, experimentFile: string): Promise<LensRuns> {
  const found: Partial<Record<RunOverview['state'], RunOverview>> = {};
  for await (const run of runs) {
    if (!isOf(run, experimentFile)) continue;
    found[run.state] ??= run;
    if (found.done) break;
  }
  const { interrupted = null, done = null, running = null } = found;
  return { interrupted, done, running };
}

function isOf({ experimentFile: made, path: runDir }: RunOverview, experimentFile: string): boolean {
  if (made === null) return false;
  if (made === experimentFile) return true;
  const beside = path.join(path.dirname(experimentFile), '.safety-region', 'runs');
  // Of paths of another system only the name is looked at.
  const name = made.split(/[\\/]/).at(-1);
  return path.dirname(runDir) === beside && name === path.basename(experimentFile);
}
