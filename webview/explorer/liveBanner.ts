/** How far a run is that goes on, above what there is of it already. */
import type { LiveRunView } from '../../src/protocol/explorer/liveRun';
import { element } from './dom';
import { t } from './l10n';
import './liveBanner.css';
import { button, dataGrid, scroller, widthOf } from './ui';

export interface LiveBanner {
  readonly root: HTMLElement;
  /** In place: the focus stays where it is. */
  update(live: LiveRunView): void;
}

type Phase = LiveRunView['phases'][number];

const titleOf = (phase: Phase): string =>
  ({
    preparing: t('Preparing'),
    answers: t('Answers'),
    forward: t('Forward'),
    head: t('Loss'),
    backward: t('Backward'),
    sweep: t('Sweep'),
    adapter: t('Adapter'),
    writing: t('Writing'),
  })[phase];

export function liveBanner(onCancel: () => void): LiveBanner {
  const share = meter(t('Progress of the run'));
  const layers = meter(t('Layers of this stage'));
  const stages = element('ol', { class: 'stages', 'aria-label': t('Stages') });
  const cancel = button(t('Cancel Run'), 'secondary', onCancel);
  const written = element('div', {});
  const root = element(
    'section',
    { class: 'live', 'aria-label': t('The run is going on') },
    element('p', { class: 'heading' }, t('The run is going on')),
    share.root,
    stages,
    layers.root,
    element('div', { class: 'toolbar' }, cancel),
    element('details', {}, element('summary', {}, t('Written so far')), written),
  );
  let shownWritten = '';
  return {
    root,
    update(live) {
      const { progress, phases, isOurs } = live;
      const percent = progress ? Math.floor(progress.fraction * 100) : null;
      share.set(
        progress?.fraction ?? null,
        percent === null
          ? t('No progress known yet')
          : [`${percent} %`, progress?.timeLeft ?? '', progress?.message ?? '']
              .filter((part) => part !== '')
              .join(' \u00b7 '),
      );
      stages.replaceChildren(...phases.map((phase) => stage(phase, phase === progress?.phase)));
      const isInLayer = progress !== null && progress.layer !== null;
      layers.root.hidden = !isInLayer;
      if (isInLayer) layers.set(...layerShare(progress.phase, progress.layer ?? 0, progress.layers));
      cancel.hidden = !isOurs;
      const text = JSON.stringify(live.written);
      if (text === shownWritten) return;
      shownWritten = text;
      written.replaceChildren(scroller(writtenGrid(live)));
    },
  };
}

/** Backward goes from the last layer to the first. */
function layerShare(phase: Phase, layer: number, layers: number): [share: number, text: string] {
  const done = phase === 'backward' ? layers - 1 - layer : layer;
  return [layers === 0 ? 0 : done / layers, t('{0}: layer {1} of {2}', titleOf(phase), layer + 1, layers)];
}

const stage = (phase: Phase, isCurrent: boolean): HTMLElement =>
  element('li', isCurrent ? { 'aria-current': 'step' } : {}, titleOf(phase));

function meter(label: string): { readonly root: HTMLElement; set(share: number | null, text: string): void } {
  const bar = element('progress', { 'aria-label': label, max: '1' });
  const line = element('span', { class: 'lead' });
  return {
    root: element('div', { class: 'meter' }, bar, line),
    set(share, text) {
      // Without a value it is a bar that only says: under way.
      if (share === null) bar.removeAttribute('value');
      else bar.setAttribute('value', share.toFixed(4));
      bar.setAttribute('aria-valuetext', text);
      line.textContent = text;
    },
  };
}

function writtenGrid({ written }: LiveRunView): HTMLElement {
  const methods = [...new Set(written.flatMap(({ regions }) => regions))];
  const has = (is: boolean): { text: string; align: 'start' } => ({
    text: is ? t('written') : '\u2013',
    align: 'start',
  });
  return dataGrid({
    label: t('Written so far'),
    columns: [
      { title: t('Dataset'), width: widthOf(written.map(({ dataset }) => dataset)) },
      { title: t('Samples'), width: 'minmax(7em, 1fr)' },
      ...methods.map((method) => ({ title: method, width: widthOf([method]) })),
    ],
    rows: written.map(({ dataset, samples, regions }) => [
      { text: dataset, isRowHeader: true },
      has(samples),
      ...methods.map((method) => has(regions.includes(method))),
    ]),
  });
}
