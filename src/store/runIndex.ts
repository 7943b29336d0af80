/**
 * Many runs, read as little as can be: folder names tell experiment and time, so only runs that are looked at are
 * opened, and a run.json only again when it has changed.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { exists } from './exists';
import { runStateOf } from './runDirectory';
import { runOverview, type RunOverview } from './runList';
import { readRunName, type RunName } from './runName';

/** What the name of a run's folder tells. */
export interface RunEntry extends RunName {
  /** Absolute. */
  readonly path: string;
  /** Absolute folder that holds it. */
  readonly root: string;
}

const AT_ONCE = 64;

interface Cached {
  readonly version: string;
  readonly overview: RunOverview | null;
}

export class RunIndex {
  readonly #cache = new Map<string, Cached>();

  /** Newest first; folders of other names come last and may turn out to be no runs. Opens none. */
  async entries(roots: Iterable<string>): Promise<RunEntry[]> {
    const lists = await Promise.all([...new Set(roots)].map((root) => entriesOf(path.resolve(root))));
    const entries = lists.flat();
    const known = new Set(entries.map((entry) => entry.path));
    for (const cached of this.#cache.keys()) if (!known.has(cached)) this.#cache.delete(cached);
    return entries.sort(newestFirst);
  }

  /** Those that are not runs are left out. In the order of `entries`. */
  async overviews(entries: readonly RunEntry[]): Promise<RunOverview[]> {
    const found = await inParts(entries, (entry) => this.overview(entry.path));
    return found.flatMap((overview) => overview ?? []);
  }

  /** How many of them go on. */
  async running(entries: readonly RunEntry[]): Promise<number> {
    const locked = await this.overviews(await this.locked(entries));
    return locked.filter(({ state }) => state === 'running').length;
  }

  /** Null where the folder is not a run. run.json is taken from memory while its file is the same. */
  async overview(runDir: string): Promise<RunOverview | null> {
    const version = await versionOf(path.join(runDir, 'run.json'));
    const cached = this.#cache.get(runDir);
    if (cached?.version !== version) {
      const overview = await runOverview(runDir);
      this.#cache.set(runDir, { version, overview });
      return overview;
    }
    const { overview } = cached;
    // A manifest never changes; the state does.
    return overview === null || overview.state === 'broken'
      ? overview
      : { ...overview, state: await runStateOf(runDir) };
  }

  /** Of those that hold a lock, dead or alive: few, so that asking all is cheap. */
  async locked(entries: readonly RunEntry[]): Promise<RunEntry[]> {
    const holds = await inParts(entries, ({ path: runDir }) => exists(path.join(runDir, 'lock')));
    return entries.filter((_, i) => holds[i]);
  }
}

async function entriesOf(root: string): Promise<RunEntry[]> {
  try {
    const found = await readdir(root, { withFileTypes: true });
    return found
      .filter((entry) => !entry.isFile() && !entry.name.startsWith('.'))
      .map(({ name }) => ({ path: path.join(root, name), root, ...readRunName(name) }));
  } catch {
    return [];
  }
}

const newestFirst = (a: RunEntry, b: RunEntry): number =>
  a.stamp < b.stamp ? 1 : a.stamp > b.stamp ? -1 : a.path < b.path ? -1 : 1;

async function inParts<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}

const versionOf = (file: string): Promise<string> =>
  stat(file).then(
    ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
    () => 'absent',
  );
