/** Figures of what SafeLayer and SafeNeuron left beside their regions. */
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { lineChart } from './lineChart';
import { roundedUp } from './plotFrame';
import type { LayerCurves, NeuronSizes } from './reportInput';

const SMALL = { width: 330, height: 220 } as const;
const intervalText = (interval: readonly [number, number] | null): string =>
  interval === null ? 'none' : `${interval[0]} to ${interval[1]}`;

export function layerFigures(reports: readonly LayerCurves[]): Figure[] {
  // Datasets whose sweep began at one range have one sweep: it looks at the over-rejection set alone.
  const alike = new Map<string, LayerCurves[]>();
  for (const report of reports) {
    const key = JSON.stringify([report.sweeps, report.items, report.baselineRefused, report.interval]);
    alike.set(key, [...(alike.get(key) ?? []), report]);
  }
  const nameOf = (group: readonly LayerCurves[]): string =>
    group.length === reports.length && group.length > 1
      ? 'all datasets'
      : group.map(({ dataset }) => dataset).join(', ');
  return [
    ...reports.map(cosines),
    ...[...alike.values()].flatMap((group) =>
      group.slice(0, 1).flatMap((first) => sweeps(first, nameOf(group))),
    ),
  ];
}

function cosines({ dataset, curves: { uu, uh }, interval, candidate, range }: LayerCurves): Figure {
  const least = Math.min(...[uu, uh].flatMap(({ mean, sd }) => mean.map((value, i) => value - (sd[i] ?? 0))));
  return lineChart({
    ...SMALL,
    title: `Cosine of hidden states, ${dataset}`,
    caption:
      `Mean and standard deviation over pairs of two utility prompts (U-U) and of one with a harmful one (U-H). ` +
      `Range proposed from the gap: ${intervalText(candidate)}; given: ${intervalText(range)}; interval found: ${intervalText(interval)}.`,
    x: uu.mean.map((_, layer) => String(layer)),
    xTitle: 'layer',
    yTitle: 'cosine',
    yRange: [Math.min(0, Math.floor(least * 5) / 5), 1],
    series: [
      { label: 'U-U pairs', values: uu.mean, colour: 1, marker: 'circle', spread: uu.sd },
      { label: 'U-H pairs', values: uh.mean, colour: 2, marker: 'triangle', spread: uh.sd },
    ],
  });
}

function sweeps(
  { sweeps: found, items, baselineRefused, interval, alpha }: LayerCurves,
  datasets: string,
): Figure[] {
  if (!found) return [];
  const bounds = [...new Set([...found.upper, ...found.lower].map(({ bound }) => bound))].sort(
    (a, b) => a - b,
  );
  const refusedAt = (points: LayerCurves['sweeps'] & object, key: 'upper' | 'lower'): (number | null)[] =>
    bounds.map((bound) => points[key].find((point) => point.bound === bound)?.refused ?? null);
  return [
    lineChart({
      ...SMALL,
      title: `Sweeps of the bounds, ${datasets}`,
      caption: `Refused of ${numberText(items)} harmless prompts with the layers scaled by ${numberText(alpha?.chosen)}. Interval found: ${intervalText(interval)}.`,
      x: bounds.map(String),
      xTitle: 'bound (layer)',
      yTitle: 'refused prompts',
      series: [
        { label: 'upper bound', values: refusedAt(found, 'upper'), colour: 1, marker: 'circle' },
        { label: 'lower bound', values: refusedAt(found, 'lower'), colour: 2, marker: 'triangle' },
      ],
      levels:
        baselineRefused === null ? [] : [{ label: 'unscaled model', value: baselineRefused, colour: 4 }],
    }),
  ];
}

/** Share of its neurons that a region holds, by layer and type; the mean over the datasets. */
export function neuronFigures(reports: readonly NeuronSizes[]): Figure[] {
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
  const totals = (report: NeuronSizes, type: string): number =>
    report.layers.reduce((sum, layer) => sum + (layer.types[type]?.size ?? 0), 0);
  const top = roundedUp(Math.max(1e-9, ...values.flat().filter((value) => value !== null)));
  return [
    {
      ...heatmap({
        title: 'Neurons by layer and type',
        caption: `Share of the neurons of each type and layer that is in the region, mean over ${reports.length} datasets, utility included.`,
        rows: types,
        columns: layers.map(String),
        values,
        top,
        text: (value) => `${(value * 100).toFixed(1)}%`,
      }),
      table: {
        head: ['dataset', ...types],
        rows: reports.map((report) => [
          report.dataset,
          ...types.map((type) => numberText(totals(report, type))),
        ]),
      },
    },
  ];
}
