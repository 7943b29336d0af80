import { describe, expect, it } from 'vitest';
import { overlapRegions } from '../../../src/core/masks/overlap';
import { parseParamName } from '../../../src/core/model/paramNames';
import { heatmap } from '../../../src/core/report/heatmap';
import {
  fullNames,
  labelledId,
  labelledOverlap,
  legendLine,
  runLabels,
  runLetter,
} from '../../../src/core/report/runLabels';
import { standaloneSvg } from '../../../src/core/report/standaloneSvg';
import { source } from '../overlap/sets';

const FOLDERS = ['2026-03-02-sample-a1b2', '2026-03-02-sample-c3d4'];
const LABELS = runLabels(FOLDERS.map((folder) => ({ folder, startedAt: '2026-03-02T10:20:30.000Z' })));

describe('compared runs', () => {
  it('are called A, B, ..., Z, AA; a single one has no label', () => {
    expect([0, 1, 25, 26, 27, 51, 52, 701, 702].map(runLetter)).toEqual([
      ...['A', 'B', 'Z', 'AA', 'AB', 'AZ', 'BA', 'ZZ', 'AAA'],
    ]);
    expect(LABELS.map(({ label }) => label)).toEqual(['A', 'B']);
    expect(runLabels([{ folder: 'one', startedAt: '' }])).toEqual([]);
    expect(labelledId(`${FOLDERS[1]!}/D0`, FOLDERS)).toBe('B/D0');
    expect(labelledId('other/D0', FOLDERS)).toBe('other/D0');
  });

  it('have the labels in every list of regions', async () => {
    const module = 'model.layers.0.mlp.up_proj.weight';
    const regions = FOLDERS.map((folder) => source(`${folder}/D0`, { [module]: 8 }, { [module]: [1, 2] }));
    const overlap = await overlapRegions(regions, {
      locate: parseParamName,
      utility: source(`${FOLDERS[0]!}/Du`, { [module]: 8 }, { [module]: [1] }),
    });
    const labelled = labelledOverlap(overlap, FOLDERS);
    expect(labelled.regions.map(({ id }) => id)).toEqual(['A/D0', 'B/D0']);
    expect(labelled.order).toEqual(['A/D0', 'B/D0']);
    expect(labelled.utility?.id).toBe('A/Du');
    // Nothing of a folder's name is left anywhere.
    expect(JSON.stringify(labelled)).not.toContain(FOLDERS[0]);
  });

  it('have their names in full where there is no legend', () => {
    const table = {
      head: ['pair', 'A/D0', 'product B A'],
      rows: [
        ['A/D0, B/D1', 0.5, null],
        ['[2] B/D1', 1, 'model.layers.0/A/x'],
      ],
    };
    expect(fullNames(table, LABELS)).toEqual({
      head: ['pair', '2026-03-02-sample-a1b2/D0', 'product B A'],
      rows: [
        ['2026-03-02-sample-a1b2/D0, 2026-03-02-sample-c3d4/D1', 0.5, null],
        ['[2] 2026-03-02-sample-c3d4/D1', 1, 'model.layers.0/A/x'],
      ],
    });
  });

  it('are in the legend of a saved picture, which is as wide and as high as that needs', () => {
    const ids = ['A/D0', 'B/D0'];
    const figure = heatmap({ title: 't', caption: 'c', rows: ids, columns: ids, values: [[1, 0], [0, 1]], top: 1 }); // prettier-ignore
    const svg = standaloneSvg(figure, LABELS.map(legendLine));
    expect(svg).toContain('>A: 2026-03-02-sample-a1b2, 2026-03-02 10:20 UTC</text>');
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
    const [, , plainHeight] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(standaloneSvg(figure))!.map(Number);
    expect(width).toBeGreaterThan(44 * 6);
    expect(height).toBe(plainHeight! + 2 * 16 + 8);
  });
});
