/** The runs of a folder, for `list` and for the sidebar: thousands may be there and any of them may be broken. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ToolError } from '../protocol/errors';
import type { RunState } from '../core/run/runState';
import { openRun } from './runDirectory';

export interface RunOverview {
  /** Absolute. */
  readonly path: string;
  /** The experiment's name; of a broken run, the folder's. */
  readonly name: string;
  /** `yyyymmdd-hhmmss`, from the folder's name; '' where it has none. */
  readonly stamp: string;
  readonly state: RunState | 'broken';
  /** As the experiment names it; null where run.json cannot be read. */
  readonly model: string | null;
  readonly methods: readonly string[];
  /** Ids, utility last. */
  readonly datasets: readonly string[];
  readonly createdAt: string | null;
  readonly experimentFile: string | null;
  /** Why it is broken. */
  readonly problem: string | null;
}

const AT_ONCE = 32;

/** Newest first; a folder that does not exist holds no runs. Folders that do not look like runs are left out. */
export async function listRuns(root: string): Promise<RunOverview[]> {
  let names: string[];
  try {
    const entries = await readdir(root, { withFileTypes: true });
    names = entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
  } catch {
    return [];
  }
  const runs: RunOverview[] = [];
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const part = names.slice(start, start + AT_ONCE).map((name) => runOverview(path.resolve(root, name)));
    for (const run of await Promise.all(part)) if (run) runs.push(run);
  }
  const age = ({ createdAt, stamp }: RunOverview): string =>
    createdAt?.replace(/[-:]/g, '').replace('T', '-') ?? stamp;
  return runs.sort((a, b) => (age(a) < age(b) ? 1 : age(a) > age(b) ? -1 : a.path < b.path ? -1 : 1));
}

/** Null where the folder is not a run at all. Never throws. */
export async function runOverview(directory: string): Promise<RunOverview | null> {
  const folder = path.basename(directory);
  const stamp = /^\d{8}-\d{6}(?=-)/.exec(folder)?.[0] ?? '';
  try {
    const run = await openRun(directory);
    const { manifest } = run;
    const { experiment } = manifest;
    return {
      path: directory,
      name: experiment.name,
      stamp,
      state: await run.state(),
      model: experiment.model,
      methods: experiment.methods.map(({ method }) => method),
      datasets: [...experiment.datasets, ...(experiment.utility ? [experiment.utility] : [])].map(
        ({ id }) => id,
      ),
      createdAt: manifest.createdAt,
      experimentFile: manifest.experimentFile,
      problem: null,
    };
  } catch (error) {
    const { code, message } = ToolError.from(error);
    if (stamp === '' && code === 'run-unreadable') return null;
    const unknown = { model: null, methods: [], datasets: [], createdAt: null, experimentFile: null };
    return { path: directory, name: folder, stamp, state: 'broken', ...unknown, problem: message };
  }
}
