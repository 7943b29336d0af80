import { describe, expect, it } from 'vitest';
import { heatmap } from '../../../src/core/report/heatmap';
import { lineChart } from '../../../src/core/report/lineChart';
import { standaloneSvg } from '../../../src/core/report/standaloneSvg';
import { tableCsv } from '../../../src/core/report/tableCsv';

const figure = heatmap({
  title: 'IoU <of> pairs',
  caption: 'A & B',
  rows: ['D0', 'D1'],
  columns: ['D0', 'D1'],
  values: [
    [1, 1 / 3],
    [1 / 3, null],
  ],
  top: 1,
});

describe('a figure outside the page', () => {
  it('has all digits in its CSV, and nothing where it is undefined', () => {
    expect(tableCsv(figure.table)).toBe(`,D0,D1\nD0,1,${1 / 3}\nD1,${1 / 3},\n`);
  });

  it('quotes what a CSV reader would take apart', () => {
    expect(tableCsv({ head: ['a,b', 'c'], rows: [['say "x"', 'two\nlines']] })).toBe(
      '"a,b",c\n"say ""x""","two\nlines"\n',
    );
  });

  it('is an SVG file with its own colours, and says what it shows', () => {
    const svg = standaloneSvg(figure);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="300" height="126" viewBox="0 0 300 126"/,
    );
    expect(svg).toContain('<title>IoU &lt;of&gt; pairs</title><desc>A &amp; B</desc>');
    expect(svg).toContain('.cell { fill: #174a9c;');
    expect(svg).not.toContain('var(');
    expect(svg).toContain('<title>D0, D1: 0.3333</title>');
    expect(svg.trimEnd()).toMatch(/<\/svg>$/);
  });

  it('has no other width than that of its picture', () => {
    const svg = standaloneSvg(
      lineChart({ title: 't', caption: 'c', x: ['1', '2'], xTitle: 'n', yTitle: 'y', series: [] }),
    );
    expect(svg.match(/^<svg[^>]*>/)?.[0].match(/ width=/g)).toHaveLength(1);
  });
});
