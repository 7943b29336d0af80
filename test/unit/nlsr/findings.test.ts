import { expect, it } from 'vitest';
import { parseExperiment, type NlsrSettings } from '../../../src/core/run/experiment';
import type { ModuleStats } from '../../../src/engine/nlsr/moduleRegions';
import { findingsOf } from '../../../src/engine/nlsr/nlsrReport';

const text = JSON.stringify({
  schemaVersion: 1,
  name: 'n',
  model: 'm',
  adapter: 'a',
  datasets: [{ id: 'D0', path: 'a.csv' }],
  methods: [{ method: 'nlsr', sparsity: 1 }],
});
const settings = parseExperiment(text, 'n').methods[0] as NlsrSettings;
const stats: ModuleStats = {
  keptA: 1,
  energyA: 1,
  keptB: 1,
  energyB: 1,
  sizeA: 0,
  sizeB: 0,
  gaugeFreeSize: 0,
};

it('a sparsity that leaves no weight at all is said; one that leaves any is not', () => {
  expect(findingsOf(settings, 'D0', [], [stats, stats])).toEqual([
    'D0: a sparsity of 1 leaves nlsr not a single weight; overlaps with it say nothing.',
  ]);
  expect(findingsOf(settings, 'D0', [], [stats, { ...stats, sizeB: 1 }])).toEqual([]);
});
