/** Figures of what SafeLayer and SafeNeuron left beside their regions. */
import type { LayerReportView } from '../../protocol/explorer/layerReports';
import type { NeuronReportView } from '../../protocol/explorer/neuronSizes';
import { percentText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { alphaChart, angleChart, cosineChart, sweepChart } from './layerCharts';
import { lineChart } from './lineChart';
import { gridCells } from './maskFigures';
import { roundedUp } from './plotFrame';

const SMALL = { width: 330, height: 220 } as const;

/** @param inRun what tells the run apart, at the end of titles */
export function layerFigures(reports: readonly LayerReportView[], inRun: string): Figure[] {
  // Datasets whose sweep began at one range have one sweep: it looks at the over-rejection set alone.
  const alike = new Map<string, LayerReportView[]>();
  for (const report of reports) {
    const key = JSON.stringify([report.sweeps, report.items, report.baselineRefused, report.interval]);
    alike.set(key, [...(alike.get(key) ?? []), report]);
  }
  const nameOf = (group: readonly LayerReportView[]): string =>
    group.length === reports.length && group.length > 1
      ? 'all datasets'
      : group.map(({ dataset }) => dataset).join(', ');
  const swept = [...alike.values()].flatMap((group) =>
    group.slice(0, 1).flatMap((first) => {
      const name = nameOf(group);
      return [sweepChart(first, name), alphaChart(first, name)].filter((chart) => chart !== null);
    }),
  );
  return [...reports.flatMap((report) => [cosineChart(report), angleChart(report)]), ...swept].map(
    (options) => lineChart({ ...SMALL, ...options, title: `${options.title}${inRun}` }),
  );
}

/** Share of its neurons that a region holds, by layer and type; the mean over the datasets. */
export function neuronFigures(reports: readonly NeuronReportView[], inRun: string): Figure[] {
  const [first] = reports;
  if (!first) return [];
  const types = [
    ...new Set(reports.flatMap(({ layers }) => layers.flatMap((layer) => Object.keys(layer.types)))),
  ];
  const layers = first.layers.map(({ layer }) => layer);
  const shareAt = (type: string, layer: number): number | null => {
    const found = reports.flatMap((report) => {
      const of = report.layers.find((one) => one.layer === layer)?.types[type];
      return of && of.neurons > 0 ? [of.size / of.neurons] : [];
    });
    return found.length === 0 ? null : found.reduce((sum, share) => sum + share, 0) / found.length;
  };
  const values = types.map((type) => layers.map((layer) => shareAt(type, layer)));
  const totals = (report: NeuronReportView, type: string): number =>
    report.layers.reduce((sum, layer) => sum + (layer.types[type]?.size ?? 0), 0);
  const columns = layers.map(String);
  const top = roundedUp(Math.max(0, ...values.flat().filter((value) => value !== null)));
  return [
    {
      ...heatmap({
        title: `Neurons by layer and type${inRun}`,
        caption: `Share of the neurons of each type and layer that is in the region, mean over ${reports.length} datasets, utility included.`,
        rows: types,
        columns,
        values,
        top,
        text: percentText,
        ...gridCells({ rows: types, columns }),
      }),
      table: {
        head: ['dataset', ...types],
        rows: reports.map((report) => [report.dataset, ...types.map((type) => totals(report, type))]),
      },
    },
  ];
}
