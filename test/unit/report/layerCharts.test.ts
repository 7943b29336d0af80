import { describe, expect, it } from 'vitest';
import { cellText } from '../../../src/core/report/figure';
import { alphaChart, angleChart, cosineChart, sweepChart } from '../../../src/core/report/layerCharts';
import { lineChart } from '../../../src/core/report/lineChart';
import { layerReport } from '../../../src/protocol/explorer/layerReports';
import { cannedLayerReport } from '../../vscode/harness/cannedReports';

const REPORT = layerReport.parse(cannedLayerReport('D0', 'Du'));

describe('charts of a SafeLayer report', () => {
  it('are the two cosine curves with their spread, the range proposed and the interval found', () => {
    const { series, spans, yRange, caption } = cosineChart(REPORT);
    expect(series.map(({ label }) => label)).toEqual(['U-U pairs', 'U-H pairs']);
    expect(series[1]).toMatchObject({ values: [0.7, 0.7, 0.69, 0.5, 0.3, 0.25, 0.25, 0.25] });
    expect(series[0]?.spread).toEqual(Array(8).fill(0.05));
    // The lowest that is drawn is 0.25 - 0.1.
    expect(yRange).toEqual([0, 1]);
    expect(spans).toEqual([
      { label: 'range proposed, 3 to 5', from: 3, to: 5, colour: 3 },
      { label: 'interval found, 3 to 4', from: 3, to: 4, colour: 4 },
    ]);
    expect(caption).toContain('Range proposed from the gap: 3 to 5; given: none; interval found: 3 to 4.');
  });

  it('have both definitions of the angle, the standard error at the one that is used', () => {
    const { series } = angleChart(REPORT);
    expect(series.map(({ label, spread }) => [label, spread?.[0]])).toEqual([
      ['paper', 1.5],
      ['code', undefined],
    ]);
    // acos(0.3) - acos(0.75) = 72.5424 - 41.4096 degrees
    expect(series[0]?.values[4]).toBeCloseTo(31.1328, 3);
    expect(series[1]?.values[4]).toBeCloseTo(32.1328, 3);
    const { table } = lineChart(angleChart(REPORT));
    expect(table.rows[4]?.map(cellText)).toEqual(['4', '31.1328', '32.1328']);
  });

  it('have both sweeps on one axis, with gaps where a bound was not tried, and the unscaled model', () => {
    const chart = sweepChart(REPORT, 'all datasets');
    expect(chart?.x).toEqual(['2', '3', '4', '5', '6']);
    expect(chart?.series.map(({ values }) => values)).toEqual([
      [null, null, 14, 12, 11],
      [13, 14, 9, null, null],
    ]);
    expect(chart?.levels).toEqual([{ label: 'unscaled model', value: 8, colour: 4 }]);
    expect(chart?.caption).toBe(
      'Refused of 40 harmless prompts with the layers scaled by 1.1000. Interval found: 3 to 4.',
    );
    expect(sweepChart({ ...REPORT, sweeps: null }, 'D0')).toBeNull();
  });

  it('have the alphas that were tried beside the band that was asked for', () => {
    const chart = alphaChart(REPORT, 'all datasets');
    expect(chart?.x).toEqual(['1.05', '1.1']);
    expect(chart?.series[0]?.values).toEqual([1.1547, 1.5275]);
    expect(chart?.levels?.map(({ value }) => value)).toEqual([1.25, 1.7]);
    expect(chart?.caption).toContain('The search ended within the band.');
    expect(alphaChart({ ...REPORT, alpha: null }, 'D0')).toBeNull();
  });

  it('show a control set in the place of a harmful one', () => {
    const { curves, angle, standardError } = REPORT;
    const control = { dataset: 'Du2', curves, angle, standardError, candidate: null };
    expect(cosineChart({ ...REPORT, control }).series[2]).toMatchObject({
      label: 'control, U-Du2',
      values: curves.uh.mean,
    });
    expect(angleChart({ ...REPORT, control }).series[2]).toMatchObject({
      label: 'control, Du2 (paper)',
      values: angle.paper,
    });
  });

  it('draw spans as brackets that leave the frame nowhere', () => {
    const whole = lineChart({
      title: '',
      caption: '',
      x: ['0', '1', '2', '3', '4'],
      xTitle: '',
      yTitle: '',
      width: 472,
      series: [],
      spans: [
        { label: 'a', from: 1, to: 2, colour: 3 },
        { label: 'b', from: 0, to: 4, colour: 4 },
      ],
    }).svg.text;
    // 400 px of width for 4 steps from 58 on: 100 a layer, 35 of them beyond a span's ends.
    expect(whole).toContain('d="M123 22V16H293V22"');
    expect(whole).toContain('d="M58 31V25H458V31"');
  });
});
