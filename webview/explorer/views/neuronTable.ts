/** The neurons of a region by name, a page at a time, with the rows and columns that they are. */
import * as z from 'zod/mini';
import { neuronLine } from '../../../src/core/model/parameterSnippets';
import type { NeuronType } from '../../../src/core/model/unitNames';
import type { NeuronListAnswer, NeuronRow } from '../../../src/protocol/explorer/neuronList';
import { answerSlot } from '../answerSlot';
import { copyButton } from '../copyButton';
import { element } from '../dom';
import type { Drawn } from '../drawn';
import { formatCount } from '../format';
import { t } from '../l10n';
import { button, dropdown, setEnabled } from '../ui';
import { memoryPart } from './memoryPart';
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
  const slot = answerSlot(context, 'neuronList', (answer: NeuronListAnswer) =>
    page(answer, chosen.offset, turn),
  );
  const ask = (): void =>
    slot.ask({
      run,
      dataset: chosen.set === 'all' ? null : dataset,
      outsideUtility: isoUtility,
      layer: chosen.layer,
      type: chosen.type,
      offset: chosen.offset,
      limit: PAGE,
    });
  const change = (changed: Partial<ChosenList>): void => {
    chosen = { ...chosen, offset: 0, ...changed };
    memory.remember(chosen);
    ask();
  };
  const turn = (offset: number): void => change({ offset });
  const any = { id: ANY, title: t('Any') };
  ask();
  return {
    root: element(
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
      slot.root,
    ),
    repaint: () => slot.repaint(),
    dispose: () => slot.dispose(),
  };
}

function page(
  { total, datasets, neurons }: NeuronListAnswer,
  offset: number,
  turn: (offset: number) => void,
): Drawn {
  const previous = button(t('Previous'), 'secondary', () => turn(Math.max(0, offset - PAGE)));
  const next = button(t('Next'), 'secondary', () => turn(offset + PAGE));
  setEnabled(previous, offset > 0);
  setEnabled(next, offset + neurons.length < total);
  const shown =
    neurons.length === 0
      ? t('None of {0}', formatCount(total))
      : t(
          '{0} to {1} of {2}',
          formatCount(offset + 1),
          formatCount(offset + neurons.length),
          formatCount(total),
        );
  return {
    root: element(
      'div',
      {},
      element('div', { class: 'toolbar' }, element('span', { role: 'status' }, shown), previous, next),
      element('div', { class: 'scroller' }, tableOf(neurons, datasets)),
    ),
    repaint: () => undefined,
    dispose: () => undefined,
  };
}

function tableOf(neurons: readonly NeuronRow[], datasets: number): HTMLElement {
  const heads = [t('Layer'), t('Type'), t('Neuron'), t('Datasets'), t('Rows and columns'), t('Copy')];
  return element(
    'table',
    { class: 'list', 'aria-label': t('Neurons') },
    element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, ...neurons.map((neuron) => rowOf(neuron, datasets))),
  );
}

function rowOf({ layer, type, index, heldBy, places }: NeuronRow, datasets: number): HTMLElement {
  const name = `${type} ${index}, ${t('layer {0}', layer)}`;
  const number = (text: string): HTMLElement => element('td', { class: 'number' }, text);
  return element(
    'tr',
    {},
    number(String(layer)),
    element('td', {}, type),
    element('th', { scope: 'row', class: 'number' }, String(index)),
    number(t('{0} of {1}', heldBy, datasets)),
    element(
      'td',
      { class: 'names' },
      ...places.map((place) =>
        element(
          'div',
          {},
          element('code', {}, place.name),
          ` ${place.axis === 'row' ? t('row {0}', place.index) : t('column {0}', place.index)}`,
        ),
      ),
    ),
    element(
      'td',
      {},
      ...(places.length === 0
        ? []
        : [
            copyButton(
              t('Name'),
              t('Copy the names of {0}', name),
              places.map((place) => place.name).join('\n'),
            ),
            copyButton(
              t('PyTorch'),
              t('Copy the PyTorch line of {0}', name),
              places.map(neuronLine).join('\n'),
            ),
          ]),
    ),
  );
}
