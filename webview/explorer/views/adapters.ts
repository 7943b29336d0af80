/** NLSR: directions kept of an adapter's outputs, and the region in its two factors, pooled and apart. */
import { nlsr } from '../../../src/core/methods/nlsr';
import { densityChart, energyChart } from '../../../src/core/report/adapterCharts';
import { numberText, type Cell } from '../../../src/core/report/figure';
import { heatmap } from '../../../src/core/report/heatmap';
import { meanOf, offDiagonal, pairScale } from '../../../src/core/report/methodFigures';
import type { AdapterReportView } from '../../../src/protocol/explorer/adapterReports';
import type { Answer } from '../../../src/protocol/explorer/queries';
import { answerSlot } from '../answerSlot';
import { element, noteList } from '../dom';
import { together, type Drawn } from '../drawn';
import { factList, settingFacts, type Fact } from '../factList';
import { formatCount } from '../format';
import { t } from '../l10n';
import { lineFigure, matrixFigure, tableFigure } from '../stageFigure';
import { drawnOf } from './drawnOf';
import { reportPicker } from './reportPicker';
import type { View, ViewContext } from './view';

export const adapters: View = {
  id: 'adapters',
  title: t('Adapters'),
  isFor: (run) => run.methods.some(({ id }) => id === nlsr.id),
  methodsOf: (run) => run.methods.filter(({ id }) => id === nlsr.id),
  switches: [],
  render(context) {
    const overlap = answerSlot(context, 'adapterOverlap', (answer) => parts(context, answer));
    const picker = reportPicker(context, 'adapterReports', show);
    overlap.ask({});
    return together(element('div', {}, picker.root, overlap.root), [picker, overlap]);
  },
};

function show(context: ViewContext, report: AdapterReportView, all: readonly AdapterReportView[]): Drawn {
  return drawnOf(
    [factList(facts(report)), ...noteList(report.warnings)],
    [
      lineFigure(context, energyChart(report, t)),
      lineFigure(context, densityChart(report, t)),
      tableFigure(context, sizes(all)),
      tableFigure(context, modules(report)),
    ],
  );
}

function facts({ adapter, prompts, responseTokens, settings }: AdapterReportView): Fact[] {
  return [
    { label: t('Adapter'), value: adapter },
    { label: t('Prompts'), value: formatCount(prompts) },
    { label: t('Response tokens'), value: formatCount(responseTokens) },
    ...settingFacts(settings, {
      mode: t('Mode'),
      sparsity: t('Sparsity'),
      blocks: t('Blocks'),
      rankRule: t('Rule of the rank'),
      updateFactor: t('Factor of the update'),
      selection: t('Selection'),
    }),
  ];
}

function sizes(all: readonly AdapterReportView[]): Parameters<typeof tableFigure>[1] {
  const of = ({ size, density }: AdapterReportView['sizes']['A']): Cell[] => [size, density];
  const hasGaugeFree = all.some(({ gaugeFree }) => gaugeFree !== null);
  return {
    title: t('Sizes of the regions'),
    caption: t(
      'Weights of the factors A and B that are in the region, and their share of all; pooled: of both.',
    ),
    table: {
      head: [
        t('dataset'),
        ...['A', 'B', t('pooled'), ...(hasGaugeFree ? [t('product B A')] : [])].flatMap((part) => [
          part,
          t('{0}, share', part),
        ]),
      ],
      rows: all.map(({ dataset, sizes: { A, B, pooled }, gaugeFree }) => [
        dataset,
        ...of(A),
        ...of(B),
        ...of(pooled),
        ...(hasGaugeFree ? (gaugeFree ? of(gaugeFree) : [null, null]) : []),
      ]),
    },
  };
}

function modules({ dataset, modules: all }: AdapterReportView): Parameters<typeof tableFigure>[1] {
  return {
    title: t('Directions kept, {0}', dataset),
    caption: t('Of the rank of each adapted matrix, and the share of the energy of its outputs in them.'),
    table: {
      head: [
        t('matrix'),
        t('rank'),
        t('scale'),
        t('asked for'),
        ...['A', 'B'].flatMap((part) => [
          t('{0}, kept', part),
          t('{0}, energy', part),
          t('{0}, in the region', part),
        ]),
      ],
      rows: all.map((of) => [
        of.param,
        of.rank,
        of.scale,
        of.directions,
        of.keptA,
        of.energyA,
        of.sizeA,
        of.keptB,
        of.energyB,
        of.sizeB,
      ]),
    },
  };
}

/** IoU of every pair: of the pooled factors, and of each alone, in one scale. */
function parts(context: ViewContext, { regions, parts: all }: Answer<'adapterOverlap'>): Drawn {
  const top = pairScale(...all.map(({ pairwise }) => pairwise));
  const figures = all.map(({ part, pairwise, randomPairwise }) =>
    heatmap({
      title: part === 'pooled' ? t('IoU of factors A and B pooled') : t('IoU of factor {0} alone', part),
      caption: t(
        'Mean over pairs {0}, by chance {1}.',
        numberText(meanOf(offDiagonal(pairwise))),
        numberText(meanOf(offDiagonal(randomPairwise))),
      ),
      rows: regions,
      columns: regions,
      values: pairwise,
      top,
      floor: meanOf(offDiagonal(randomPairwise)),
      isSymmetric: true,
    }),
  );
  return drawnOf(
    [element('h2', {}, t('Overlap of the factors'))],
    figures.map((figure) => matrixFigure(context, figure)),
  );
}
