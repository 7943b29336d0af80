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
 * made: a run beside the experiment counts too, by its name.
 * @param runs newest first
 */
export function lensRuns(
  runs: readonly RunOverview[],
  experimentFile: string,
  name: string | null,
): LensRuns {
  const beside = path.join(path.dirname(experimentFile), '.safety-region', 'runs');
  const own = runs.filter(
    (run) =>
      run.experimentFile === experimentFile ||
      (name !== null && run.name === name && path.dirname(run.path) === beside),
  );
  const newest = (state: RunOverview['state']): RunOverview | null =>
    own.find((run) => run.state === state) ?? null;
  return { interrupted: newest('interrupted'), done: newest('done'), running: newest('running') };
}
