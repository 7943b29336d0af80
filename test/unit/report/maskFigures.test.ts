import { describe, expect, it } from 'vitest';
import { percentText } from '../../../src/core/report/figure';
import { rangeTexts, shareFigure, shares } from '../../../src/core/report/maskFigures';

const grid = {
  rows: ['Layer 0', 'Layer 1', 'Outside'],
  columns: ['q_proj', 'k_proj'],
  sizes: [
    [3, 0],
    [1, null],
    [null, 5],
  ],
  units: [
    [12, 6],
    [12, null],
    [null, 5],
  ],
};
const words = { title: 'T', caption: 'C', heads: ['Layer', 'Module'] } as const;

describe('figures of masks', () => {
  it('have the exact counts of each cell in their table, and nothing of cells that are not there', () => {
    const { table, svg } = shareFigure(grid, words);
    expect(table).toEqual({
      head: ['Layer', 'Module', 'Selected', 'All', 'Share'],
      rows: [
        ['Layer 0', 'q_proj', 3, 12, 0.25],
        ['Layer 0', 'k_proj', 0, 6, 0],
        ['Layer 1', 'q_proj', 1, 12, 1 / 12],
        ['Outside', 'k_proj', 5, 5, 1],
      ],
    });
    expect(svg.text).toContain('Layer 1, q_proj: 0.0833');
    expect(svg.text).toContain('>25 %<');
  });

  it('name tiles by the rows and columns in them, both ends included', () => {
    expect(rangeTexts([64, 96, 97])).toEqual(['64\u201395', '96']);
    const names = { rows: ['a', 'b', 'c'], columns: ['x', 'y'] };
    expect(shareFigure(grid, { ...words, names }).table.rows[3]).toEqual(['c', 'y', 5, 5, 1]);
  });

  it('have no share of nothing', () => {
    expect(shares([[0, 1]], [[0, 4]])).toEqual([[null, 0.25]]);
  });

  it.each([
    [0, '0 %'],
    [0.05, '5 %'],
    [0.048831, '4.88 %'],
    [1, '100 %'],
    [0.00001234, '1.2e-3 %'],
  ])('write a share of %s as %s', (share, text) => expect(percentText(share)).toBe(text));
});
