import { element } from './dom';

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** What fits the narrowest column: paths and lists take two. */
const COLUMN_CHARS = 22;

/** Side by side. */
export const factList = (facts: readonly Fact[]): HTMLElement =>
  element(
    'dl',
    { class: 'facts' },
    ...facts.map(({ label, value }) =>
      element(
        'div',
        value.length > COLUMN_CHARS ? { class: 'wide' } : {},
        element('dt', {}, label),
        element('dd', { title: value }, value),
      ),
    ),
  );

/** Those of the settings in effect that have a label, in the labels' order. */
export const settingFacts = (
  settings: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): Fact[] =>
  Object.entries(labels).flatMap(([key, label]) => {
    const value = settings[key];
    return typeof value === 'string' || typeof value === 'number' ? [{ label, value: String(value) }] : [];
  });
