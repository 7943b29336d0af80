/** SafeNeuron: how many neurons there are by layer and type, and which. */
import { safeNeuron } from '../../../src/core/methods/safeNeuron';
import { neuronCharts, neuronTypes } from '../../../src/core/report/neuronCharts';
import type { NeuronReportView } from '../../../src/protocol/explorer/neuronSizes';
import { element } from '../dom';
import { together, type Drawn } from '../drawn';
import { factList, settingFacts, type Fact } from '../factList';
import { formatCount } from '../format';
import { t } from '../l10n';
import { lineFigure } from '../stageFigure';
import { drawnOf } from './drawnOf';
import { neuronTable } from './neuronTable';
import { reportPicker } from './reportPicker';
import type { View, ViewContext } from './view';

export const neurons: View = {
  id: 'neurons',
  title: t('Neurons'),
  isFor: (run) => run.methods.some(({ id }) => id === safeNeuron.id),
  methodsOf: (run) => run.methods.filter(({ id }) => id === safeNeuron.id),
  switches: ['isoUtility'],
  render: (context) => reportPicker(context, 'neuronSizes', show),
};

function show(
  context: ViewContext,
  report: NeuronReportView,
  all: readonly NeuronReportView[],
  run: number,
): Drawn {
  const utilityIds = context.run.datasets.filter(({ role }) => role === 'utility').map(({ id }) => id);
  const utility = all.find(({ dataset }) =>
    utilityIds.some((id) => id === dataset || id.endsWith(`/${dataset}`)),
  );
  const beside = utility === report ? null : (utility ?? null);
  const list = neuronTable(context, {
    run,
    dataset: report.dataset,
    types: neuronTypes(report),
    layers: report.layers.map(({ layer }) => layer),
  });
  const figures = drawnOf(
    [factList(facts(report))],
    neuronCharts(report, beside, t).map((options) => lineFigure(context, options)),
  );
  return together(element('div', {}, figures.root, list.root), [figures, list]);
}

function facts({ settings, layers }: NeuronReportView): Fact[] {
  const parts = layers.flatMap(({ types }) => Object.values(types));
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const chance = parts.reduce((sum, { expectedAtRandom }) => sum + expectedAtRandom, 0);
  return [
    { label: t('Neurons in the region'), value: formatCount(total) },
    { label: t('By chance'), value: chance >= 0.1 ? chance.toFixed(1) : chance.toExponential(1) },
    ...settingFacts(settings, {
      mode: t('Mode'),
      keepFraction: t('Share kept by a prompt'),
      prompts: t('Prompts'),
      neededPrompts: t('Prompts that must agree'),
    }),
  ];
}
