/** The datasets to tick. Items stay while they are shown, so that the focus does, too. */
import type { SetupShown, SetupState } from '../../../src/protocol/explorer/setup';
import { element } from '../dom';
import { t } from '../l10n';
import { datasetItem, type DatasetItem } from './datasetItem';
import { datasetRows } from './datasetRows';
import type { SetupContext } from './setupContext';

export interface DatasetList {
  readonly root: HTMLElement;
  set(shown: SetupShown, state: SetupState, files: readonly string[] | null): void;
}

export function datasetList(context: SetupContext): DatasetList {
  const items = new Map<string, DatasetItem>();
  const onVisible = visibility(context.signal);
  const list = element('ul', { class: 'datasets', 'aria-label': t('Datasets') });
  const none = element('p', { class: 'lead' }, t('There are no data files in this workspace.'));
  return {
    root: element('div', {}, list, none),
    set({ isEditable, isTrusted }, { datasets }, files) {
      const rows = datasetRows(datasets, files ?? []);
      const keys = new Set(rows.map(({ key }) => key));
      for (const [key, { root }] of items) {
        if (keys.has(key)) continue;
        root.remove();
        items.delete(key);
      }
      rows.forEach((row, place) => {
        const item = items.get(row.key) ?? datasetItem(row, context, onVisible);
        items.set(row.key, item);
        item.set(row, isEditable && files !== null, isTrusted);
        if (list.children[place] !== item.root) list.insertBefore(item.root, list.children[place] ?? null);
      });
      none.hidden = files === null || rows.length > 0;
    },
  };
}

function visibility(signal: AbortSignal): (node: HTMLElement, seen: () => void) => void {
  const waiting = new Map<Element, () => void>();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      waiting.get(target)?.();
      waiting.delete(target);
    }
  });
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  return (node, seen) => {
    waiting.set(node, seen);
    observer.observe(node);
  };
}
