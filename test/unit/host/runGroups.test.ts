import { describe, expect, it } from 'vitest';
import { groupRuns, visibleEntries } from '../../../src/host/runGroups';
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
});
