/** The parameter that is looked at: its name, the line that selects it and how to freeze the region's part, to be copied. */
import {
  freezeSnippet,
  selectionLine,
  type NamedParameter,
} from '../../../../src/core/model/parameterSnippets';
import type { MaskMatrix } from '../../../../src/protocol/explorer/densityGrid';
import type { MaskChoice } from '../../../../src/protocol/explorer/maskQuery';
import { copyButton } from '../../copyButton';
import { element } from '../../dom';
import { t } from '../../l10n';
import type { ViewContext } from '../view';
import { storedRegion } from './maskRegions';

export function parameterBox(
  { run, send }: ViewContext,
  choice: MaskChoice,
  matrix: MaskMatrix,
): HTMLElement {
  const parameter: NamedParameter = {
    name: matrix.parameter,
    rows: matrix.isWhole ? null : [matrix.firstRow, matrix.firstRow + matrix.shape[0]],
  };
  const stored = (ids: readonly string[]) => ids.map((id) => storedRegion(run, choice.method, id));
  const snippet = freezeSnippet(parameter, { keep: stored(choice.keep), without: stored(choice.without) });
  const copyable = (title: string, copy: string, text: string): HTMLElement =>
    element(
      'div',
      { class: 'copyable' },
      element('h4', {}, title),
      element('pre', { tabindex: '0', 'aria-label': title }, text),
      copyButton(copy, copy, text, send),
    );
  return element(
    'section',
    { class: 'parameter', 'aria-label': t('Parameter') },
    element('h3', {}, t('Parameter')),
    copyable(t('Hugging Face name'), t('Copy Name'), parameter.name),
    copyable(t('Select it in PyTorch'), t('Copy PyTorch Line'), selectionLine(parameter)),
    copyable(t('Freeze the region in it'), t('Copy Freeze Snippet'), snippet),
  );
}
