/** The regions of one method and their pairwise IoU. */
import * as z from 'zod/mini';
import { heatmap } from '../../../src/core/report/heatmap';
import { meanOf, offDiagonal, pairScale } from '../../../src/core/report/methodFigures';
import type { ExplorerMethod } from '../../../src/protocol/explorer/overview';
import { measure, scope, type Measure, type Pairs, type Scope } from '../../../src/protocol/explorer/overlap';
import type { Answer } from '../../../src/protocol/explorer/queries';
import { answerSlot } from '../answerSlot';
import { element, noteList } from '../dom';
import type { Drawn } from '../drawn';
import { figurePanel } from '../figurePanel';
import { formatCount, formatNumber, formatPercent, formatRatio } from '../format';
import { t } from '../l10n';
import { panelOptions } from '../stageFigure';
import { dataGrid, dropdown, scroller, widthOf, type GridCell } from '../ui';
import { unitsText } from '../unitsText';
import { everyMethod, type View, type ViewContext } from './view';

/** As much room as random floors need in their smaller letters: 'random 0.0257'. */
const PAIR_NOTE = `${t('random')} 0.02`;

const MEASURES: readonly { readonly id: Measure; readonly title: string }[] = [
  { id: 'iou', title: t('IoU') },
  { id: 'iouMacro', title: t('IoU, mean over matrices') },
  { id: 'dice', title: t('Dice') },
  { id: 'overlapCoefficient', title: t('Overlap coefficient') },
];
const SCOPES: readonly { readonly id: Scope; readonly title: string }[] = [
  { id: 'all', title: t('All') },
  { id: 'layer', title: t('One layer') },
  { id: 'module', title: t('One kind of module') },
  { id: 'head', title: t('One attention head') },
];
const memory = z.object({ measure, scope, group: z.string() });
type Choice = z.infer<typeof memory>;

export const overlap: View = {
  id: 'overlap',
  title: t('Overlap'),
  isFor: (run) => run.methods.length > 0,
  methodsOf: everyMethod,
  switches: ['isoUtility'],
  render(context) {
    let choice: Choice = context.recall(memory) ?? { measure: 'iou', scope: 'all', group: '' };
    const choose = (changed: Partial<Choice>): void => {
      choice = { ...choice, ...changed };
      context.remember(choice);
      if (choice.scope === 'all') showSecond([]);
      ask();
    };
    const scopes = dropdown(t('Part of the model'), SCOPES, choice.scope, (id) =>
      choose({ scope: SCOPES.find((of) => of.id === id)?.id ?? 'all', group: '' }),
    );
    const controls = element('div', { class: 'toolbar', role: 'group', 'aria-label': t('Measure') }, scopes);
    let second = '';
    /** Left as it is where it offers the same already: the focus may be on it. */
    const showSecond = (groups: readonly string[]): void => {
      const offered = JSON.stringify([choice.scope, groups]);
      if (offered === second) return;
      second = offered;
      controls.replaceChildren(scopes, choice.scope === 'all' ? measures() : parts(groups));
    };
    const measures = (): HTMLElement =>
      dropdown(t('Measure'), MEASURES, choice.measure, (id) =>
        choose({ measure: MEASURES.find((of) => of.id === id)?.id ?? 'iou' }),
      );
    const parts = (groups: readonly string[]): HTMLElement =>
      dropdown(
        t('Which'),
        groups.map((id) => ({ id, title: id })),
        groups.includes(choice.group) ? choice.group : (groups[0] ?? ''),
        (group) => choose({ group }),
      );
    const slot = answerSlot(context, 'overlap', (answer) => {
      showSecond(answer.groups);
      return show(context, choice, answer);
    });
    const ask = (): void => {
      if (context.method) slot.ask({ method: context.method.id, ...choice });
    };
    if (choice.scope === 'all') showSecond([]);
    ask();
    return { ...slot, root: element('div', {}, controls, slot.root) };
  },
};

function show(context: ViewContext, choice: Choice, answer: Answer<'overlap'>): Drawn {
  const { method, switches } = context;
  const title = method?.title ?? '';
  const isIso = switches.isoUtility && answer.isoUtility !== null;
  const pairs = (isIso ? answer.isoUtility : null) ?? answer.plain;
  const subject = isIso ? t('without the utility region') : t('as selected');
  const name =
    choice.scope === 'all' ? (MEASURES.find(({ id }) => id === choice.measure)?.title ?? '') : t('IoU');
  const ids = answer.regions.map(({ id }) => id);
  const where =
    answer.group === '' ? '' : `, ${choice.scope === 'layer' ? t('layer {0}', answer.group) : answer.group}`;
  const figure = heatmap({
    title: `${title}: ${t('{0} of every pair', name)}, ${subject}${where}`,
    caption: t(
      'In the table, the smaller number is the random floor: what random regions of these sizes give.',
    ),
    rows: ids,
    columns: ids,
    values: pairs.values,
    top: pairScale(answer.plain.values, answer.isoUtility?.values ?? []),
    floor: meanOf(offDiagonal(pairs.random)),
    isSymmetric: true,
  });
  const panel = figurePanel(figure, {
    ...panelOptions(context),
    table: scroller(pairwiseGrid(title, answer, name, pairs, subject)),
    describe: (row, column) => (row === column ? [] : besides(answer, pairs, isIso, row, column)),
  });
  const missing =
    switches.isoUtility && !isIso
      ? [t('There is no such figure without the utility region: this one is as selected.')]
      : [];
  const root = element(
    'div',
    {},
    element('p', { class: 'lead' }, describe(method, answer)),
    ...noteList([...missing, ...answer.notes]),
    panel.root,
    element('h2', {}, t('Regions')),
    scroller(regionGrid(title, answer)),
  );
  return { ...panel, root };
}

/** What a pair is to be judged against, where it was measured. */
function besides(
  { beside }: Answer<'overlap'>,
  pairs: Pairs,
  isIso: boolean,
  row: number,
  column: number,
): string[] {
  const line = (name: string, value: number | null | undefined): string[] =>
    value === null || value === undefined ? [] : [`${name} ${formatNumber(value)}`];
  const of = isIso ? null : beside;
  const ceilings = [of?.splitHalfCeiling?.[row], of?.splitHalfCeiling?.[column]].filter(
    (value) => value !== null && value !== undefined,
  );
  return [
    `${t('random')} ${formatRatio(pairs.random[row]?.[column])}`,
    ...line(t('shared |W|'), of?.magnitudeFloor?.[row]?.[column]),
    ...line(t('ceiling'), ceilings.length === 2 ? meanOf(ceilings) : null),
    ...line(t('position'), of?.position?.[row]?.[column]),
  ];
}

function describe(method: ExplorerMethod | null, { universe, utility }: Answer<'overlap'>): string {
  const utilityText =
    utility === null
      ? t('no utility region')
      : t('utility region {0}: {1}', utility.id, formatCount(utility.size));
  return [t('{0} in all', unitsText(method?.unit ?? 'unit', universe)), method?.selection ?? '', utilityText]
    .filter((part) => part !== '')
    .join(' \u00b7 ');
}

function regionGrid(title: string, { regions }: Answer<'overlap'>): HTMLElement {
  const number = (text: string): GridCell => ({ text });
  return dataGrid({
    label: t('{0}: sizes of the regions', title),
    columns: [
      { title: t('Region'), width: widthOf(regions.map(({ id }) => id)) },
      { title: t('Size'), width: 'minmax(8em, 1fr)', align: 'end' },
      { title: t('Share of all'), width: 'minmax(7em, 1fr)', align: 'end' },
      { title: t('Left without utility'), width: 'minmax(11em, 1fr)', align: 'end' },
      { title: t('Share left'), width: 'minmax(7em, 1fr)', align: 'end' },
    ],
    rows: regions.map(({ id, size, density, isolatedSize }) => [
      { text: id, isRowHeader: true },
      number(formatCount(size)),
      number(formatPercent(density)),
      number(formatCount(isolatedSize)),
      number(formatPercent(isolatedSize === null || size === 0 ? null : isolatedSize / size)),
    ]),
  });
}

function pairwiseGrid(
  title: string,
  { regions }: Answer<'overlap'>,
  name: string,
  pairs: Pairs,
  subject: string,
): HTMLElement {
  return dataGrid({
    label: t('{0}: pairwise {1} {2}, with the random floor', title, name, subject),
    columns: [
      { title: t('Region'), width: widthOf(regions.map(({ id }) => id)) },
      ...regions.map(({ id }) => ({ title: id, width: widthOf([id, PAIR_NOTE]), align: 'end' as const })),
    ],
    rows: regions.map(({ id }, row) => [
      { text: id, isRowHeader: true },
      ...regions.map((_, column): GridCell => {
        const value = pairs.values[row]?.[column] ?? null;
        // A region against itself is 1 by definition: no floor to compare with, and no shade to draw the eye.
        if (row === column) return { text: formatRatio(value) };
        return {
          text: formatRatio(value),
          note: `${t('random')} ${formatRatio(pairs.random[row]?.[column])}`,
          shade: value ?? 0,
        };
      }),
    ]),
  });
}
