import { describe, expect, it } from 'vitest';
import type { ExplorerMethod, ExplorerRun } from '../../src/protocol/explorer/overview';
import { outOf, pathTo, placeIn, type MaskPlace } from '../../webview/explorer/views/masks/maskMemory';
import { maskChoice, maskRegions, storedRegion } from '../../webview/explorer/views/masks/maskRegions';

const window = (rows: [number, number]) => ({ rows, columns: [0, 8] as [number, number] });
const deep: MaskPlace = {
  level: 'matrix',
  layer: 3,
  matrix: 'q_proj',
  windows: [window([0, 4]), window([0, 2])],
};

describe('the way into a matrix', () => {
  it('leads out as it led in: windows, matrix, layer, all layers', () => {
    expect(pathTo(deep)).toEqual([
      { level: 'all' },
      { level: 'layer', layer: 3 },
      { ...deep, windows: [] },
      { ...deep, windows: [window([0, 4])] },
      deep,
    ]);
    expect(outOf({ level: 'all' })).toBeNull();
  });

  it('ends where another method has no such matrix, or no such layer', () => {
    const known = { layers: [3], matrices: [{ layer: 3, label: 'k_proj' }] };
    expect(placeIn(deep, known)).toEqual({ level: 'layer', layer: 3 });
    expect(placeIn(deep, { ...known, layers: [0] })).toEqual({ level: 'all' });
    expect(placeIn(deep, { ...known, matrices: [{ layer: 3, label: 'q_proj' }] })).toBe(deep);
  });
});

const method = (ids: string[], hasUtility = true): ExplorerMethod => ({
  ...{ id: 'snip', title: 'SNIP', payload: 'weights', unit: 'weight', universe: null, selection: '' },
  regions: ids.map((id) => ({ id, size: null, density: null })),
  hasUtility,
});
const run = (utility: string[]): ExplorerRun => ({
  ...{
    dir: '/runs/a',
    comparedWith: ['/runs/b'],
    labels: ['a', 'b'].map((folder, i) => ({ label: 'AB'.charAt(i), folder, startedAt: '' })),
    name: '',
    model: '',
    startedAt: '',
    hasSimilarity: false,
    facts: [],
    notes: [],
  },
  datasets: utility.map((id) => ({ id, role: 'utility', source: '', samples: null })),
  methods: [],
});

describe('a choice of regions', () => {
  const regions = maskRegions(run(['Du']), method(['D0', 'D1']));
  const choose = (region: string | null, without: string | null, isOutside: boolean) =>
    maskChoice('snip', regions, { region, without }, isOutside);

  it('is one region, or what all hold, without another and without utility', () => {
    expect(choose('D0', null, false)).toEqual({ method: 'snip', keep: ['D0'], without: [] });
    expect(choose(null, null, true)).toEqual({ method: 'snip', keep: ['D0', 'D1'], without: ['Du'] });
    expect(choose('D0', 'D1', true)).toEqual({ method: 'snip', keep: ['D0'], without: ['D1', 'Du'] });
  });

  it('does not take a region out of itself', () => {
    expect(choose('Du', null, true).without).toEqual([]);
    expect(choose('D0', 'D0', false).without).toEqual([]);
  });

  it('takes utility regions only of runs that have the method', () => {
    const compared = maskRegions(run(['a/Du', 'b/Du']), method(['b/D0']));
    expect(compared.utility).toEqual(['b/Du']);
    expect(maskRegions(run(['Du']), method(['D0'], false)).utility).toEqual([]);
  });

  it('knows where its regions are stored', () => {
    expect(storedRegion(run([]), 'snip', 'B/D0')).toEqual({
      runDir: '/runs/b',
      method: 'snip',
      dataset: 'D0',
    });
    expect(storedRegion(run([]), 'snip', 'D0')).toMatchObject({ runDir: '/runs/a', dataset: 'D0' });
  });
});
