/** Entry point of the Overlap Explorer page: shows what the host sends, keeps its switches in the page's state. */
import type { LiveRunView } from '../../src/protocol/explorer/liveRun';
import { parseToWebview, type ToWebview } from '../../src/protocol/explorer/messages';
import { Asker } from './asker';
import { element } from './dom';
import './explorer.css';
import { t } from './l10n';
import { liveBanner, type LiveBanner } from './liveBanner';
import { page as runPage } from './page';
import { SetupFeed } from './setup/setupFeed';
import { onThemeChange } from './theme';
import { button, progress } from './ui';
import type { Drawn } from './drawn';
import { readState, sendToHost, writeState } from './vscodeApi';

const app = document.getElementById('app') ?? document.body;
/** Above what is shown of a run that goes on, and never taken off the page with it. */
const live = element('div', {});
const content = element('div', {});
app.replaceChildren(live, content);
const asker = new Asker(sendToHost);
let page: Drawn | undefined;
let feed: SetupFeed | null = null;
let banner: LiveBanner | undefined;
let isOursLive = false;

function showLive(shown: LiveRunView | null): void {
  isOursLive = shown?.isOurs === true;
  feed?.runIsAbove(isOursLive);
  if (shown === null) {
    banner = undefined;
    live.replaceChildren();
    return;
  }
  banner ??= liveBanner(() => sendToHost({ type: 'cancelRun' }));
  banner.update(shown);
  if (!banner.root.isConnected) live.replaceChildren(banner.root);
}

function show(
  message: Exclude<ToWebview, { type: 'answer' | 'refused' | 'live' | 'setup' | 'running' }>,
): void {
  page?.dispose();
  page = undefined;
  if (message.type !== 'run') showLive(null);
  if (message.type === 'loading') {
    content.replaceChildren(progress(t('Reading {0} ...', message.name)));
  } else if (message.type === 'failed') {
    content.replaceChildren(failure(message));
  } else {
    const { run, setup, running } = message;
    feed = setup && new SetupFeed(setup, running);
    feed?.runIsAbove(isOursLive);
    const { runDir, comparedWith, experimentFile, ...state } = {
      ...readState(),
      runDir: run?.dir ?? '',
      comparedWith: run?.comparedWith,
      experimentFile: run ? undefined : setup?.file,
    };
    const keep = (changed: typeof state): void =>
      writeState({ runDir, comparedWith, experimentFile, ...changed });
    keep(state);
    page = runPage({ run, setup: feed, state, onState: keep, asker, send: sendToHost });
    content.replaceChildren(page.root);
  }
}

function failure({ message, mend, canResume }: Extract<ToWebview, { type: 'failed' }>): HTMLElement {
  return element(
    'main',
    { role: 'alert', class: 'failure' },
    element('h1', {}, t('No overlaps to show')),
    element('p', {}, message),
    element('p', { class: 'lead' }, mend),
    element(
      'div',
      { class: 'toolbar' },
      ...(canResume ? [button(t('Resume Run'), 'primary', () => sendToHost({ type: 'resume' }))] : []),
      button(t('Try Again'), canResume ? 'secondary' : 'primary', () => sendToHost({ type: 'reload' })),
      button(t('Show Log'), 'secondary', () => sendToHost({ type: 'showLog' })),
    ),
  );
}

const report = (fault: unknown): void =>
  sendToHost({
    type: 'fault',
    message: (fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)).slice(0, 10_000),
  });

function receive(message: ToWebview): void {
  if (message.type === 'answer' || message.type === 'refused') asker.receive(message);
  else if (message.type === 'live') showLive(message.live);
  else if (message.type === 'setup') feed?.changed(message.setup);
  else if (message.type === 'running') feed?.runs(message.running);
  else show(message);
}

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = parseToWebview(event.data);
  if (message === null) {
    report('A message of the host was not understood.');
    // Where a run is shown it stays; else nothing would ever come after 'Reading ...'.
    if (!page) {
      const mend = t('Close this tab and open the run again; if that does not help, reload the window.');
      show({ type: 'failed', message: t('This run cannot be shown.'), mend, canResume: false });
    }
    return;
  }
  try {
    receive(message);
  } catch (error) {
    report(error);
    throw error;
  }
});
window.addEventListener('error', (event) => report(event.error ?? event.message));
onThemeChange(() => page?.repaint());
sendToHost({ type: 'ready' });
