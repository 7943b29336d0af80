/** Which of the compared runs is A, which B; nothing of a single one. */
import { startText } from '../../src/core/report/runLabels';
import type { RunLabel } from '../../src/protocol/explorer/overview';
import { element } from './dom';
import { t } from './l10n';

export const runLegend = (labels: readonly RunLabel[]): HTMLElement[] =>
  labels.length === 0
    ? []
    : [
        element(
          'dl',
          { class: 'run-legend', 'aria-label': t('Runs compared') },
          ...labels.flatMap(({ label, folder, startedAt }) => [
            element('dt', {}, label),
            element('dd', {}, folder, ' ', element('span', { class: 'lead' }, startText(startedAt))),
          ]),
        ),
      ];
