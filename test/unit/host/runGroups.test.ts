import { describe, expect, it } from 'vitest';
import { groupRuns, openAtFirst, PAGE, visibleEntries } from '../../../src/host/runGroups';
import type { RunEntry } from '../../../src/store/runIndex';

const entry = (stamp: string, slug: string, root = '/w'): RunEntry => ({
  path: `${root}/${stamp}-${slug}`,
  root,
  stamp,
  slug,
});

describe('groupRuns', () => {
  it('groups by experiment and folder: the one with the newest run comes first', () => {
    const entries = [
      entry('5', 'b'),
      entry('4', 'a'),
      entry('3', 'b', '/v'),
      entry('2', 'b'),
      entry('1', 'a'),
    ];
    const groups = groupRuns(entries);
    expect(groups.map(({ root, slug, entries: own }) => [root, slug, own.map(({ stamp }) => stamp)])).toEqual(
      [
        ['/w', 'b', ['5', '2']],
        ['/w', 'a', ['4', '1']],
        ['/v', 'b', ['3']],
      ],
    );
    expect(new Set(groups.map(({ id }) => id)).size).toBe(3);
    expect(groupRuns([])).toEqual([]);
  });

  it('shows a page, and an older run that holds a lock beside it', () => {
    const entries = Array.from({ length: 9 }, (_, i) => entry(String(9 - i), 'a'));
    const [old] = entries.slice(7);
    const [group] = groupRuns(entries, old ? [old] : []);
    expect(group && visibleEntries(group, 3).map(({ stamp }) => stamp)).toEqual(['9', '8', '7', '2']);
    expect(group && visibleEntries(group, 99)).toHaveLength(9);
  });

  it('opens the newest, and others while all that is read stays small', () => {
    const runs = (slug: string, count: number): RunEntry[] =>
      Array.from({ length: count }, (_, i) => entry(String(i), slug));
    const open = (...counts: number[]): string[] => {
      const groups = groupRuns(counts.flatMap((count, i) => runs(`e${i}`, count)));
      const ids = openAtFirst(groups);
      return groups.filter(({ id }) => ids.has(id)).map(({ slug }) => slug);
    };
    expect(open(3, 4, 5)).toEqual(['e0', 'e1', 'e2']);
    expect(open(PAGE + 1, 1)).toEqual(['e0']);
    expect(open(1, PAGE - 1, 1)).toEqual(['e0', 'e1']);
    expect(open()).toEqual([]);
  });
});
