import type { ToHost } from '../../src/protocol/explorer/messages';
import { element } from './dom';

/** @param spoken what it copies, for assistive technology, which gets the label first: a voice says what is seen */
export function copyButton(
  label: string,
  spoken: string,
  text: string,
  send: (message: ToHost) => void,
): HTMLElement {
  const control = element(
    'button',
    { type: 'button', class: 'copy', 'aria-label': `${label}: ${spoken}` },
    label,
  );
  control.addEventListener('click', () => send({ type: 'copy', text }));
  return control;
}
