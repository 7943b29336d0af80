/** What is drawn of SafeLayer's reports: the same charts in the HTML report and in the Overlap Explorer. */
import type { LayerReportView } from '../../protocol/explorer/layerReports';
import { numberText } from './figure';
import type { LineChartOptions, Series, Span } from './lineChart';
import { english, type Translate } from './translate';

export const intervalText = (interval: readonly [number, number] | null, t: Translate = english): string =>
  interval === null ? t('none') : t('{0} to {1}', interval[0], interval[1]);

const layersOf = ({ curves }: LayerReportView): string[] => curves.uu.mean.map((_, layer) => String(layer));

/** Where the gap opens, what the user gave in its place, and what the sweep found. */
function spansOf({ candidate, range, interval }: LayerReportView, t: Translate): Span[] {
  const spans = [
    { label: t('range proposed'), interval: candidate, colour: 3 },
    { label: t('range given'), interval: range, colour: 2 },
    { label: t('interval found'), interval, colour: 4 },
  ];
  return spans.flatMap(({ label, interval: of, colour }) =>
    of === null ? [] : [{ label: `${label}, ${intervalText(of, t)}`, from: of[0], to: of[1], colour }],
  );
}

/** Cosines of hidden states by layer, with their standard deviations. */
export function cosineChart(report: LayerReportView, t: Translate = english): LineChartOptions {
  const {
    dataset,
    curves: { uu, uh },
    control,
  } = report;
  const drawn: Series[] = [
    { label: t('U-U pairs'), values: uu.mean, colour: 1, marker: 'circle', spread: uu.sd },
    { label: t('U-H pairs'), values: uh.mean, colour: 2, marker: 'triangle', spread: uh.sd },
    ...(control
      ? [
          {
            label: t('control, U-{0}', control.dataset),
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
    title: t('Cosine of hidden states, {0}', dataset),
    caption:
      t(
        'Mean and standard deviation over pairs of two utility prompts (U-U) and of one with a harmful one (U-H).',
      ) +
      ' ' +
      t(
        'Range proposed from the gap: {0}; given: {1}; interval found: {2}.',
        ...[report.candidate, report.range, report.interval].map((of) => intervalText(of, t)),
      ),
    x: layersOf(report),
    xTitle: t('layer'),
    yTitle: t('cosine'),
    yRange: [Math.min(0, Math.floor(least * 5) / 5), 1],
    series: drawn,
    spans: spansOf(report, t),
  };
}

const definitionText = (definition: 'paper' | 'code', t: Translate): string =>
  definition === 'paper' ? t('paper') : t('code');

/** The gap between U-U and U-H pairs by layer, in both definitions. */
export function angleChart(report: LayerReportView, t: Translate = english): LineChartOptions {
  const { dataset, angle, angleDefinition, standardError, control } = report;
  const spread = (definition: 'paper' | 'code'): Pick<Series, 'spread'> =>
    definition === angleDefinition ? { spread: standardError } : {};
  return {
    title: t('Angular difference, {0}', dataset),
    caption:
      t(
        'U-H less U-U, in degrees: difference of the mean angles (paper), and angle of the mean cosines (released code).',
      ) +
      ' ' +
      t(
        'The range is read off the one of the {0}, whose band is one standard error; a gap nowhere larger than three is noise. Proposed: {1}.',
        definitionText(angleDefinition, t),
        intervalText(report.candidate, t),
      ),
    x: layersOf(report),
    xTitle: t('layer'),
    yTitle: t('degrees'),
    series: [
      {
        label: definitionText('paper', t),
        values: angle.paper,
        colour: 1,
        marker: 'circle',
        ...spread('paper'),
      },
      {
        label: definitionText('code', t),
        values: angle.code,
        colour: 2,
        marker: 'triangle',
        ...spread('code'),
      },
      ...(control
        ? [
            {
              label: t('control, {0} ({1})', control.dataset, definitionText(angleDefinition, t)),
              values: control.angle[angleDefinition],
              colour: 3,
              marker: 'square' as const,
            },
          ]
        : []),
    ],
    spans: spansOf(report, t),
  };
}

/** Over-rejection as either bound moves. @returns null where nothing was swept */
export function sweepChart(
  { sweeps, items, baselineRefused, interval, alpha }: LayerReportView,
  datasets: string,
  t: Translate = english,
): LineChartOptions | null {
  if (!sweeps) return null;
  const bounds = [...new Set([...sweeps.upper, ...sweeps.lower].map(({ bound }) => bound))].sort(
    (a, b) => a - b,
  );
  const refusedAt = (key: 'upper' | 'lower'): (number | null)[] =>
    bounds.map((bound) => sweeps[key].find((point) => point.bound === bound)?.refused ?? null);
  return {
    title: t('Sweeps of the bounds, {0}', datasets),
    caption: t(
      'Refused of {0} harmless prompts with the layers scaled by {1}. Interval found: {2}.',
      numberText(items),
      numberText(alpha?.chosen),
      intervalText(interval, t),
    ),
    x: bounds.map(String),
    xTitle: t('bound (layer)'),
    yTitle: t('refused prompts'),
    series: [
      { label: t('upper bound'), values: refusedAt('upper'), colour: 1, marker: 'circle' },
      { label: t('lower bound'), values: refusedAt('lower'), colour: 2, marker: 'triangle' },
    ],
    levels:
      baselineRefused === null ? [] : [{ label: t('unscaled model'), value: baselineRefused, colour: 4 }],
  };
}

type Outcome = NonNullable<LayerReportView['alpha']>['outcome'];

const outcomeText = (outcome: Outcome, t: Translate): string =>
  ({
    given: t('It was given.'),
    reached: t('The search ended within the band.'),
    above: t('The search jumped over the band.'),
    none: t('The band was never reached: the widest was taken.'),
  })[outcome];

/** How much the counts of the upper bound's sweep differ at each alpha. @returns null where nothing was swept */
export function alphaChart(
  { alpha }: LayerReportView,
  datasets: string,
  t: Translate = english,
): LineChartOptions | null {
  if (!alpha) return null;
  const [low, high] = alpha.band;
  return {
    title: t('Search of alpha, {0}', datasets),
    caption:
      t(
        "Standard deviation of the counts of the upper bound's sweep; {0} to {1} is asked for. Alpha is {2}.",
        numberText(low),
        numberText(high),
        alpha.chosen,
      ) + ` ${outcomeText(alpha.outcome, t)}`,
    x: alpha.tried.map((tried) => String(tried.alpha)),
    xTitle: 'alpha',
    yTitle: t('sd of counts'),
    series: [
      { label: t('sd of counts'), values: alpha.tried.map(({ sd }) => sd), colour: 1, marker: 'circle' },
    ],
    levels: [
      { label: t('band, from'), value: low, colour: 3 },
      { label: t('band, to'), value: high, colour: 4 },
    ],
  };
}
