import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import { runPhases } from '../../../src/core/run/runPhases';

const phases = (changes: Readonly<Record<string, unknown>>): string[] =>
  runPhases(
    parseExperiment(
      JSON.stringify({
        schemaVersion: 1,
        name: 'x',
        model: 'm',
        adapter: 'a',
        datasets: [{ id: 'D0', path: 'a.csv' }],
        utility: { id: 'Du', path: 'u.csv' },
        overRejection: { id: 'Do', path: 'o.csv' },
        ...changes,
      }),
      'test',
    ),
  );

describe('the phases of a run', () => {
  it('follow from what its methods need', () => {
    expect(phases({ methods: [{ method: 'wanda' }] })).toEqual(['preparing', 'forward', 'writing']);
    expect(phases({ methods: [{ method: 'snip' }] })).toEqual([
      ...['preparing', 'forward', 'head', 'backward', 'writing'],
    ]);
    expect(phases({ methods: [{ method: 'nlsr' }] })).toEqual(['preparing', 'adapter', 'writing']);
  });

  it('have a sweep where there is a set to sweep over', () => {
    const methods = [{ method: 'safeLayer' }];
    expect(phases({ methods })).toEqual(['preparing', 'forward', 'sweep', 'writing']);
    expect(phases({ methods, overRejection: null })).not.toContain('sweep');
    expect(phases({ methods: [{ method: 'safeLayer', sweep: 'none' }] })).not.toContain('sweep');
  });

  it('begin with answers where the model gives its own', () => {
    const methods = [{ method: 'wanda' }];
    expect(phases({ methods, responses: { source: 'model' } })[1]).toBe('answers');
    const utility = { id: 'Du', path: 'u.csv', responses: { source: 'model' } };
    expect(phases({ methods, utility })[1]).toBe('answers');
  });
});
