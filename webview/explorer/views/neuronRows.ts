/** One page of neurons, with the rows and columns that they are. */
import { neuronLine } from '../../../src/core/model/parameterSnippets';
import { neuronsTable } from '../../../src/core/report/neuronsTable';
import { tableCsv } from '../../../src/core/report/tableCsv';
import type { NeuronListAnswer, NeuronRow } from '../../../src/protocol/explorer/neuronList';
import { copyButton } from '../copyButton';
import { element } from '../dom';
import { t } from '../l10n';
import { button, scroller } from '../ui';
import type { ViewContext } from './view';

/** @param onSave writes all pages */
export function neuronRows({ send }: ViewContext, answer: NeuronListAnswer, onSave: () => void): HTMLElement {
  const heads = [t('Layer'), t('Type'), t('Neuron'), t('Datasets'), t('Rows and columns'), t('Copy')];
  const table = element(
    'table',
    { class: 'list', 'aria-label': t('Neurons') },
    element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
    element('tbody', {}, ...answer.neurons.map((neuron) => row(neuron, answer.datasets, send))),
  );
  return element(
    'div',
    {},
    scroller(table),
    element(
      'div',
      { class: 'exports', role: 'group', 'aria-label': t('Export: neurons') },
      button(t('Save All as CSV'), 'secondary', onSave),
      button(t('Copy This Page as CSV'), 'secondary', () =>
        send({ type: 'copy', text: tableCsv(neuronsTable(answer.neurons)) }),
      ),
    ),
  );
}

function row(
  { layer, type, index, heldBy, places }: NeuronRow,
  datasets: number,
  send: ViewContext['send'],
): HTMLElement {
  const name = `${type} ${index}, ${t('layer {0}', layer)}`;
  const number = (text: string): HTMLElement => element('td', { class: 'number' }, text);
  const copies = [
    {
      label: t('Name'),
      spoken: t('Copy the names of {0}', name),
      text: places.map((place) => place.name).join('\n'),
    },
    {
      label: t('PyTorch'),
      spoken: t('Copy the PyTorch line of {0}', name),
      text: places.map(neuronLine).join('\n'),
    },
  ];
  return element(
    'tr',
    {},
    number(String(layer)),
    element('td', {}, type),
    element('th', { scope: 'row', class: 'number' }, String(index)),
    number(t('{0} of {1}', heldBy, datasets)),
    element(
      'td',
      {},
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
        : copies.map(({ label, spoken, text }) => copyButton(label, spoken, text, send))),
    ),
  );
}
