/** What is drawn of SafeLayer's reports: the same charts in the HTML report and in the Overlap Explorer. */
import type { LayerReportView } from '../../protocol/explorer/layerReports';
import { numberText } from './figure';
import type { LineChartOptions, Series, Span } from './lineChart';

export const intervalText = (interval: readonly [number, number] | null): string =>
  interval === null ? 'none' : `${interval[0]} to ${interval[1]}`;

const layersOf = ({ curves }: LayerReportView): string[] => curves.uu.mean.map((_, layer) => String(layer));

/** Where the gap opens, what the user gave in its place, and what the sweep found. */
function spansOf({ candidate, range, interval }: LayerReportView): Span[] {
  const spans = [
    { label: 'range proposed', interval: candidate, colour: 3 },
    { label: 'range given', interval: range, colour: 2 },
    { label: 'interval found', interval, colour: 4 },
  ];
  return spans.flatMap(({ label, interval: of, colour }) =>
    of === null ? [] : [{ label: `${label}, ${intervalText(of)}`, from: of[0], to: of[1], colour }],
  );
}

/** Cosines of hidden states by layer, with their standard deviations. */
export function cosineChart(report: LayerReportView): LineChartOptions {
  const {
    dataset,
    curves: { uu, uh },
    control,
  } = report;
  const drawn: Series[] = [
    { label: 'U-U pairs', values: uu.mean, colour: 1, marker: 'circle', spread: uu.sd },
    { label: 'U-H pairs', values: uh.mean, colour: 2, marker: 'triangle', spread: uh.sd },
    ...(control
      ? [
          {
            label: `control, U-${control.dataset}`,
            values: control.curves.uh.mean,
            colour: 3,
            marker: 'square' as const,
          },
        ]
      : []),
  ];
  const least = Math.min(
    ...drawn.flatMap(({ values, spread }) => values.map((value, i) => (value ?? 0) - (spread?.[i] ?? 0))),
  );
  return {
    title: `Cosine of hidden states, ${dataset}`,
    caption:
      'Mean and standard deviation over pairs of two utility prompts (U-U) and of one with a harmful one (U-H). ' +
      `Range proposed from the gap: ${intervalText(report.candidate)}; given: ${intervalText(report.range)}; ` +
      `interval found: ${intervalText(report.interval)}.`,
    x: layersOf(report),
    xTitle: 'layer',
    yTitle: 'cosine',
    yRange: [Math.min(0, Math.floor(least * 5) / 5), 1],
    series: drawn,
    spans: spansOf(report),
  };
}

/** The gap between U-U and U-H pairs by layer, in both definitions. */
export function angleChart(report: LayerReportView): LineChartOptions {
  const { dataset, angle, angleDefinition, standardError, control } = report;
  const spread = (definition: 'paper' | 'code'): Pick<Series, 'spread'> =>
    definition === angleDefinition ? { spread: standardError } : {};
  return {
    title: `Angular difference, ${dataset}`,
    caption:
      'U-H less U-U, in degrees: difference of the mean angles (paper), and angle of the mean cosines (released code). ' +
      `The range is read off the one of the ${angleDefinition}, whose band is one standard error; ` +
      `a gap nowhere larger than three is noise. Proposed: ${intervalText(report.candidate)}.`,
    x: layersOf(report),
    xTitle: 'layer',
    yTitle: 'degrees',
    series: [
      { label: 'paper', values: angle.paper, colour: 1, marker: 'circle', ...spread('paper') },
      { label: 'code', values: angle.code, colour: 2, marker: 'triangle', ...spread('code') },
      ...(control
        ? [
            {
              label: `control, ${control.dataset} (${angleDefinition})`,
              values: control.angle[angleDefinition],
              colour: 3,
              marker: 'square' as const,
            },
          ]
        : []),
    ],
    spans: spansOf(report),
  };
}

/** Over-rejection as either bound moves. @returns null where nothing was swept */
export function sweepChart(
  { sweeps, items, baselineRefused, interval, alpha }: LayerReportView,
  datasets: string,
): LineChartOptions | null {
  if (!sweeps) return null;
  const bounds = [...new Set([...sweeps.upper, ...sweeps.lower].map(({ bound }) => bound))].sort(
    (a, b) => a - b,
  );
  const refusedAt = (key: 'upper' | 'lower'): (number | null)[] =>
    bounds.map((bound) => sweeps[key].find((point) => point.bound === bound)?.refused ?? null);
  return {
    title: `Sweeps of the bounds, ${datasets}`,
    caption: `Refused of ${numberText(items)} harmless prompts with the layers scaled by ${numberText(alpha?.chosen)}. Interval found: ${intervalText(interval)}.`,
    x: bounds.map(String),
    xTitle: 'bound (layer)',
    yTitle: 'refused prompts',
    series: [
      { label: 'upper bound', values: refusedAt('upper'), colour: 1, marker: 'circle' },
      { label: 'lower bound', values: refusedAt('lower'), colour: 2, marker: 'triangle' },
    ],
    levels: baselineRefused === null ? [] : [{ label: 'unscaled model', value: baselineRefused, colour: 4 }],
  };
}

const OUTCOMES = {
  given: 'It was given.',
  reached: 'The search ended within the band.',
  above: 'The search jumped over the band.',
  none: 'The band was never reached: the widest was taken.',
} as const;

/** How much the counts of the upper bound's sweep differ at each alpha. @returns null where nothing was swept */
export function alphaChart({ alpha }: LayerReportView, datasets: string): LineChartOptions | null {
  if (!alpha) return null;
  const [low, high] = alpha.band;
  return {
    title: `Search of alpha, ${datasets}`,
    caption:
      `Standard deviation of the counts of the upper bound's sweep; ${numberText(low)} to ${numberText(high)} is asked for. ` +
      `Alpha is ${alpha.chosen}. ${OUTCOMES[alpha.outcome]}`,
    x: alpha.tried.map((tried) => String(tried.alpha)),
    xTitle: 'alpha',
    yTitle: 'sd of counts',
    series: [{ label: 'sd of counts', values: alpha.tried.map(({ sd }) => sd), colour: 1, marker: 'circle' }],
    levels: [
      { label: 'band, from', value: low, colour: 3 },
      { label: 'band, to', value: high, colour: 4 },
    ],
  };
}
