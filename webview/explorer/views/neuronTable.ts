/** The neurons of a region, or of all regions, a page at a time. */
import * as z from 'zod/mini';
import type { NeuronType } from '../../../src/core/model/unitNames';
import type { NeuronChoice, NeuronListAnswer } from '../../../src/protocol/explorer/neuronList';
import { answerSlot } from '../answerSlot';
import { element } from '../dom';
import { still, together, type Drawn } from '../drawn';
import { formatCount } from '../format';
import { t } from '../l10n';
import { button, dropdown, setEnabled } from '../ui';
import { memoryPart } from './memoryPart';
import { neuronRows } from './neuronRows';
import type { ViewContext } from './view';

const PAGE = 50;
const ANY = 'any';

const chosenList = z.object({
  set: z.enum(['dataset', 'all']),
  layer: z.nullable(z.int()),
  type: z.nullable(z.enum(['q', 'k', 'v', 'o', 'ffn'])),
  offset: z.int().check(z.nonnegative()),
});
type ChosenList = z.infer<typeof chosenList>;

export interface NeuronTableOptions {
  /** Place of the run among those that are compared. */
  readonly run: number;
  readonly dataset: string;
  readonly types: readonly NeuronType[];
  readonly layers: readonly number[];
}

export function neuronTable(context: ViewContext, options: NeuronTableOptions): Drawn {
  const { run, dataset, types, layers } = options;
  const memory = memoryPart(context, 'list', chosenList);
  let chosen: ChosenList = memory.recall() ?? { set: 'dataset', layer: null, type: null, offset: 0 };
  const { isoUtility } = context.switches;
  // Outside what an answer fills, so that the focus stays on them.
  const previous = button(t('Previous'), 'secondary', () =>
    change({ offset: Math.max(0, chosen.offset - PAGE) }),
  );
  const next = button(t('Next'), 'secondary', () => change({ offset: chosen.offset + PAGE }));
  const shown = element('span', { role: 'status' });
  const slot = answerSlot(context, 'neuronList', (answer: NeuronListAnswer) => {
    const { total, offset, neurons } = answer;
    chosen = { ...chosen, offset };
    setEnabled(previous, offset > 0);
    setEnabled(next, offset + neurons.length < total);
    shown.textContent =
      neurons.length === 0
        ? t('None of {0}', formatCount(total))
        : t('{0} to {1} of {2}', ...[offset + 1, offset + neurons.length, total].map(formatCount));
    return still(neuronRows(context, answer, save));
  });
  const choice = (): NeuronChoice => ({
    run,
    dataset: chosen.set === 'all' ? null : dataset,
    outsideUtility: isoUtility,
    layer: chosen.layer,
    type: chosen.type,
  });
  const save = (): void => {
    const whose = chosen.set === 'all' ? 'all datasets' : dataset;
    const name = `${context.run.name} neurons ${whose}`.slice(0, 200);
    context.send({ type: 'saveNeurons', name, choice: choice() });
  };
  setEnabled(previous, false);
  setEnabled(next, false);
  const ask = (): void => slot.ask({ ...choice(), offset: chosen.offset, limit: PAGE });
  const change = (changed: Partial<ChosenList>): void => {
    chosen = { ...chosen, offset: 0, ...changed };
    memory.remember(chosen);
    ask();
  };
  const any = { id: ANY, title: t('Any') };
  ask();
  return together(
    element(
      'section',
      { 'aria-label': t('List of neurons') },
      element('h2', {}, isoUtility ? t('Neurons outside the utility region') : t('Neurons')),
      element(
        'div',
        { class: 'toolbar', role: 'group', 'aria-label': t('Neurons shown') },
        dropdown(
          t('In the region of'),
          [
            { id: 'dataset', title: dataset },
            { id: 'all', title: t('all datasets') },
          ],
          chosen.set,
          (id) => change({ set: id === 'all' ? 'all' : 'dataset' }),
        ),
        dropdown(
          t('Layer'),
          [any, ...layers.map((layer) => ({ id: String(layer), title: String(layer) }))],
          chosen.layer === null ? ANY : String(chosen.layer),
          (id) => change({ layer: id === ANY ? null : Number(id) }),
        ),
        dropdown(
          t('Type'),
          [any, ...types.map((type) => ({ id: type, title: type }))],
          chosen.type ?? ANY,
          (id) => change({ type: types.find((type) => type === id) ?? null }),
        ),
      ),
      element('div', { class: 'toolbar' }, shown, previous, next),
      slot.root,
    ),
    [slot],
  );
}
