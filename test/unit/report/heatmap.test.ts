import { describe, expect, it } from 'vitest';
import { heatmap, scaleTexts } from '../../../src/core/report/heatmap';
import { english } from '../../../src/core/report/translate';

describe('the scale of a heatmap', () => {
  it('says what it ends at, and what chance gives, as far along as it is', () => {
    const of = { top: 0.25, floor: 0.05 };
    expect(scaleTexts(of, english)).toEqual({ end: '0.25', chance: { share: 0.2, text: '| chance 0.0500' } });
    const cells = { title: 'T', caption: 'C', rows: ['a'], columns: ['b'], values: [[0.2]] };
    expect(heatmap({ ...cells, ...of }).svg.text).toContain('>| chance 0.0500<');
  });

  it.each([null, 0.3])('says nothing of chance of %s, which is not on it', (floor) => {
    expect(scaleTexts({ top: 0.25, floor }, english).chance).toBeNull();
  });

  it('is in the unit of its cells', () => {
    expect(scaleTexts({ top: 0.5, text: (value) => `${value * 100} %` }, english).end).toBe('50 %');
  });
});
