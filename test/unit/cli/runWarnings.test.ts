import { expect, it } from 'vitest';
import { runWarnings } from '../../../src/cli/runWarnings';
import type { Manifest } from '../../../src/core/run/manifest';

it('says once what is said of several datasets, and nothing that moves a cursor', () => {
  const datasets = {
    D0: { warnings: ['2 rows are doubles.'] },
    'D0: x': { warnings: [] },
    D1: { warnings: ['2 rows are doubles.', 'odd\u001b[2Jfield'] },
  };
  const manifest = { datasets } as unknown as Manifest;
  const warnings = ['snip: small.', 'D1: no interval.', 'D0: no interval.', 'D1: no interval.'];
  expect(runWarnings(manifest, { warnings })).toEqual([
    'warning: snip: small.',
    'warning: D1, D0: no interval.',
    'warning: D0, D1: 2 rows are doubles.',
    'warning: D1: odd?[2Jfield',
  ]);
  expect(runWarnings(manifest, null)).toHaveLength(2);
});
