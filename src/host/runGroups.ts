/** The rows of the Runs view: experiments, newest first, each with its runs, a page at a time. Pure. */
import type { RunEntry } from '../store/runIndex';

export interface ExperimentGroup {
  readonly kind: 'experiment';
  /** The same for as long as the experiment has runs. */
  readonly id: string;
  /** Absolute folder of its runs. */
  readonly root: string;
  readonly slug: string;
  /** Newest first. */
  readonly entries: readonly RunEntry[];
  /** How many hold a lock: they run, or were killed. */
  readonly locked: ReadonlySet<string>;
}

/** At first, and how many more each time they are asked for. */
export const PAGE = 100;

/**
 * Runs of one folder with the same name of experiment in theirs. Renamed folders form groups of their own.
 * @param entries newest first
 */
export function groupRuns(entries: readonly RunEntry[], locked: readonly RunEntry[] = []): ExperimentGroup[] {
  const groups = new Map<string, RunEntry[]>();
  for (const entry of entries) {
    const id = `${entry.root}\n${entry.slug}`;
    const group = groups.get(id);
    if (group) group.push(entry);
    else groups.set(id, [entry]);
  }
  return [...groups].map(([id, own]) => {
    const [first] = own;
    const held = locked.filter(({ root, slug }) => root === first?.root && slug === first.slug);
    return {
      kind: 'experiment',
      id,
      root: first?.root ?? '',
      slug: first?.slug ?? '',
      entries: own,
      locked: new Set(held.map(({ path }) => path)),
    };
  });
}

/** The newest `shown`, and every older one that may be going on: progress is never hidden behind 'more'. */
export const visibleEntries = ({ entries, locked }: ExperimentGroup, shown: number): RunEntry[] =>
  entries.filter(({ path }, i) => i < shown || locked.has(path));

/** The groups that are open at first: the newest, and as many as have a page of runs together. */
export function openAtFirst(groups: readonly ExperimentGroup[]): Set<string> {
  let runs = 0;
  const isOpen = ({ entries }: ExperimentGroup, i: number): boolean => {
    runs += entries.length;
    return i === 0 || runs <= PAGE;
  };
  return new Set(groups.filter(isOpen).map(({ id }) => id));
}
