/** Run and Cancel, and how far the run is. */
import type { RunningNow } from '../../../src/protocol/explorer/setup';
import type { ToHost } from '../../../src/protocol/explorer/messages';
import { element } from '../dom';
import { t } from '../l10n';
import { button, setEnabled } from '../ui';
import type { SetupFeed } from './setupFeed';

export interface RunBar {
  readonly root: HTMLElement;
  set(feed: Pick<SetupFeed, 'shown' | 'running' | 'isRunAbove'>): void;
}

export function runBar(send: (message: ToHost) => void): RunBar {
  const run = button(t('Run'), 'primary', () => send({ type: 'experiment', action: 'run' }));
  const cancel = button(t('Cancel'), 'secondary', () => send({ type: 'experiment', action: 'cancel' }));
  const open = button(t('Open File'), 'secondary', () => send({ type: 'experiment', action: 'openFile' }));
  const bar = element('progress', { max: '1', 'aria-label': t('Progress of the run') });
  const words = element('p', { role: 'status' });
  const root = element('div', { class: 'toolbar run-bar' }, run, cancel, open, bar, words);
  return {
    root,
    set({ shown: { isEditable, isTrusted, problem }, running, isRunAbove }) {
      setEnabled(run, isEditable && isTrusted && problem === null && running === null);
      setEnabled(cancel, running?.isOwn === true);
      setEnabled(open, isEditable);
      cancel.hidden = isRunAbove;
      bar.hidden = isRunAbove || running?.isOwn !== true;
      bar.setAttribute('value', String(running?.fraction ?? 0));
      const text = wordsOf(isTrusted, isRunAbove ? null : running);
      // Said again only where it is something new.
      if (words.textContent !== text) words.replaceChildren(text);
    },
  };
}

function wordsOf(isTrusted: boolean, running: RunningNow | null): string {
  if (!isTrusted) return t('Restricted Mode: trust this workspace to run experiments and to read datasets.');
  if (!running) return '';
  if (!running.isOwn) return t('A run of another experiment is going on in this window.');
  const percent = t('{0} %', Math.floor(running.fraction * 100));
  return [running.message, percent, running.timeLeft].filter((part) => part !== '').join(' \u00b7 ');
}
