import { describe, expect, it } from 'vitest';
import { readRunName, runDirectoryName, stampText } from '../../../src/store/runName';

describe('names of runs', () => {
  it('say when the run was begun, in local time, and which experiment it is of', () => {
    const name = runDirectoryName('My first-try 2', new Date(2026, 10, 4, 7, 8, 9), '0a1b2c');
    expect(name).toBe('20261104-070809-My-first-try-2-0a1b2c');
    expect(readRunName(name)).toEqual({ stamp: '20261104-070809', slug: 'My-first-try-2' });
    expect(stampText('20261104-070809')).toBe('2026-11-04 07:08:09');
  });

  it('are all that there is of a folder that was renamed', () => {
    expect(readRunName('my run')).toEqual({ stamp: '', slug: 'my run' });
  });
});
