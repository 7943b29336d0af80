/** SafeLayer: where harmful prompts part from harmless ones, and how the interval of layers was found. */
import { safeLayer } from '../../../src/core/methods/safeLayer';
import {
  alphaChart,
  angleChart,
  cosineChart,
  intervalText,
  sweepChart,
} from '../../../src/core/report/layerCharts';
import type { LayerReportView } from '../../../src/protocol/explorer/layerReports';
import { element, noteList } from '../dom';
import type { Drawn } from '../drawn';
import { factList, type Fact } from '../factList';
import type { TableFigure } from '../figurePanel';
import { formatCount, formatPercent, formatRatio } from '../format';
import { t } from '../l10n';
import { lineFigure, tableFigure } from '../stageFigure';
import { drawnOf } from './drawnOf';
import { reportPicker } from './reportPicker';
import type { View, ViewContext } from './view';

export const layers: View = {
  id: 'layers',
  title: t('Layers'),
  isFor: (run) => run.methods.some(({ id }) => id === safeLayer.id),
  methodsOf: (run) => run.methods.filter(({ id }) => id === safeLayer.id),
  switches: [],
  render: (context) => reportPicker(context, 'layerReports', show),
};

function show(context: ViewContext, report: LayerReportView): Drawn {
  const { dataset } = report;
  const charts = [
    cosineChart(report, t),
    angleChart(report, t),
    sweepChart(report, dataset, t),
    alphaChart(report, dataset, t),
  ];
  const tables = [intervalTable(report), answerTable(report)];
  return drawnOf(
    [element('p', { class: 'lead' }, describe(report)), factList(facts(report)), ...noteList(notes(report))],
    [
      ...charts.flatMap((options) => (options ? [lineFigure(context, options)] : [])),
      ...tables.flatMap((table) => (table ? [tableFigure(context, table)] : [])),
    ],
  );
}

function describe({ interval, layers: count }: LayerReportView): string {
  if (interval === null) return t('No interval of layers was found.');
  const [first, last] = interval;
  return t('Interval of layers found: {0} to {1}, {2} of {3} layers.', first, last, last - first + 1, count);
}

function facts(report: LayerReportView): Fact[] {
  const { candidate, range, depth, sppft, alpha, items, baselineRefused, judge, scaled } = report;
  const judgeName = typeof judge === 'string' ? judge : judge && `${judge.model} (${judge.endpoint})`;
  return [
    { label: t('Range proposed'), value: intervalText(candidate, t) },
    { label: t('Range given'), value: intervalText(range, t) },
    ...(depth
      ? [{ label: t('Depth'), value: `${formatPercent(depth[0])} \u2013 ${formatPercent(depth[1])}` }]
      : []),
    ...(sppft ? [{ label: t('Bounds for SPPFT'), value: `${sppft[0]}, ${sppft[1]}` }] : []),
    ...(alpha ? [{ label: t('Alpha'), value: String(alpha.chosen) }] : []),
    ...(items === null ? [] : [{ label: t('Harmless prompts'), value: formatCount(items) }]),
    ...(baselineRefused === null
      ? []
      : [{ label: t('Refused, unscaled'), value: formatCount(baselineRefused) }]),
    ...(judgeName === null ? [] : [{ label: t('Judge'), value: judgeName }]),
    { label: t('Weights scaled'), value: scaled.weights.join(', ') },
    ...(scaled.gains.length > 0
      ? [{ label: t('Gains of norms scaled'), value: scaled.gains.join(', ') }]
      : []),
  ];
}

function notes({ noOp, scaled, alpha, control, agreementWithPhrases }: LayerReportView): string[] {
  const undone = Object.entries(noOp).flatMap(([name, isUndone]) => (isUndone ? [name] : []));
  return [
    ...(undone.length > 0 && alpha !== null
      ? [
          scaled.gains.length > 0
            ? t(
                'Norms of this model undo a factor on the weights of {0}; the gains of these norms were scaled in their place: {1}.',
                undone.join(', '),
                scaled.gains.join(', '),
              )
            : t(
                'Norms of this model undo a factor on the weights of {0}, so the sweep says little.',
                undone.join(', '),
              ),
        ]
      : []),
    ...(control
      ? [
          control.candidate
            ? t(
                'The control set {0} gives the range {1} too, though nothing in it is harmful: the curves tell other differences than harm.',
                control.dataset,
                intervalText(control.candidate, t),
              )
            : t('The control set {0} gives no range, as it should.', control.dataset),
        ]
      : []),
    ...(agreementWithPhrases
      ? [
          t(
            'The judge and the phrase matcher agree on {0} of {1} answers (kappa {2}).',
            formatPercent(agreementWithPhrases.equal),
            formatCount(agreementWithPhrases.answers),
            formatRatio(agreementWithPhrases.kappa),
          ),
        ]
      : []),
  ];
}

/** The interval, its neighbours and what resamples of the prompts would have found, in one list. */
function intervalTable(report: LayerReportView): TableFigure | null {
  const { dataset, interval, neighbours, bootstrap, sweeps } = report;
  if (interval === null || !sweeps) return null;
  const key = (of: readonly number[]): string => of.join('-');
  const refused = new Map(neighbours.map((near) => [key(near.interval), near.refused]));
  const own = sweeps.lower.find(({ bound }) => bound === interval[0])?.refused;
  if (own !== undefined) refused.set(key(interval), own);
  const shares = new Map(bootstrap.map((found) => [key(found.interval), found.share]));
  const rows = new Map(
    [interval, ...neighbours.map((near) => near.interval), ...bootstrap.map((found) => found.interval)].map(
      (of) => [key(of), of],
    ),
  );
  return {
    title: t('Intervals beside the one found, {0}', dataset),
    caption: t(
      'Refused prompts with one bound moved by a layer, and the share of resamples of the prompts in which an interval would have been found.',
    ),
    table: {
      head: [t('interval'), t('refused prompts'), t('share of resamples')],
      rows: [...rows].map(([id, of]) => [
        intervalText(of, t),
        refused.get(id) ?? null,
        shares.get(id) ?? null,
      ]),
    },
  };
}

function answerTable({ answers, dataset }: LayerReportView): TableFigure | null {
  if (answers.length === 0) return null;
  const labels = ['comply', 'partial', 'refuse', 'broken', 'unread'] as const;
  return {
    title: t('Labels of the answers, {0}', dataset),
    caption: t('Of every interval and alpha that was tried. Unread: the judge\u2019s reply was no label.'),
    table: {
      head: [t('layers scaled'), 'alpha', ...labels],
      rows: answers.map((tried) => [
        tried.interval === null ? t('unscaled model') : intervalText(tried.interval, t),
        String(tried.alpha),
        ...labels.map((label) => tried.labels[label]),
      ]),
    },
  };
}
