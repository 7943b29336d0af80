import { element } from './dom';
import { t } from './l10n';

/** @param spoken what it copies, for assistive technology, which gets the label first: a voice says what is seen */
export function copyButton(label: string, spoken: string, text: string): HTMLElement {
  const control = element(
    'button',
    { type: 'button', class: 'copy', 'aria-label': `${label}: ${spoken}` },
    label,
  );
  control.addEventListener('click', () => {
    void navigator.clipboard.writeText(text).then(
      () => say(control, t('Copied')),
      () => say(control, t('Not copied')),
    );
  });
  return control;
}

const SAID_MS = 1_500;

function say(control: HTMLElement, text: string): void {
  const said = element('span', { role: 'status', class: 'said' }, text);
  control.after(said);
  setTimeout(() => said.remove(), SAID_MS);
}
