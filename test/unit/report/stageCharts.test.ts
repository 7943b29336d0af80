import { describe, expect, it } from 'vitest';
import { densityChart, energyChart } from '../../../src/core/report/adapterCharts';
import { lineChart } from '../../../src/core/report/lineChart';
import { neuronCharts } from '../../../src/core/report/neuronCharts';
import { english } from '../../../src/core/report/translate';
import { adapterReport } from '../../../src/protocol/explorer/adapterReports';
import { cannedAdapterReport, cannedNeuronReport } from '../../vscode/harness/cannedReports';

describe('charts of a SafeNeuron report', () => {
  const report = cannedNeuronReport('D0', { q: [3, 0], ffn: [5, 7] });
  const utility = cannedNeuronReport('Du', { q: [1, 1], ffn: [2, 2] });

  it('are one a type, with the utility set and what chance gives', () => {
    const charts = neuronCharts(report, utility, english);
    expect(charts.map(({ title }) => title)).toEqual(['Neurons of type q, D0', 'Neurons of type ffn, D0']);
    expect(charts[1]?.series.map(({ label, values }) => [label, values])).toEqual([
      ['D0', [5, 7]],
      ['Du (utility)', [2, 2]],
      ['chance', [0.5, 0.5]],
    ]);
    expect(charts[0]?.caption).toContain('Rows of q_proj, 16 a layer.');
    expect(neuronCharts(utility, null, english)[0]?.series.map(({ label }) => label)).toEqual([
      'Du',
      'chance',
    ]);
  });
});

describe('charts of an NLSR report', () => {
  const report = adapterReport.parse(cannedAdapterReport('D0'));

  it('are of A and B by layer', () => {
    expect(energyChart(report, english).series.map(({ values }) => values)).toEqual([
      [0.5, 0.25],
      [0.75, 0.875],
    ]);
    expect(densityChart(report, english).series.map(({ values }) => values)).toEqual([
      [0.25, 0.15],
      [20 / 60, 10 / 60],
    ]);
  });

  it('have all shares of the energy on their axis, and of the density, which is small, what there is', () => {
    expect(energyChart(report, english).yRange).toEqual([0, 1]);
    const sparse = { ...report, modules: report.modules.map((of) => ({ ...of, sizeA: 1, sizeB: 0 })) };
    // 1 of 100 at most: ticks end at 0.01, the label of the uppermost one.
    const labels = [
      ...lineChart(densityChart(sparse, english)).svg.text.matchAll(/text-anchor="end">([^<]*)</g),
    ];
    expect(Math.max(...labels.map(([, label]) => Number(label)))).toBe(0.01);
  });

  it('pool the weights of a layer, and take the mean of its energies', () => {
    const [q, other] = report.modules;
    const v = { ...other!, param: 'model.layers.0.self_attn.v_proj.weight', universeA: 300, sizeA: 15 };
    const one = { ...report, modules: [q!, v] };
    expect(energyChart(one, english)).toMatchObject({
      x: ['0'],
      series: [{ values: [0.375] }, { values: [0.8125] }],
    });
    // (25 + 15) / (100 + 300)
    expect(densityChart(one, english).series[0]?.values).toEqual([0.1]);
  });
});
