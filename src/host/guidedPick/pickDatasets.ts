/** Steps: the datasets, subsets of them by category, and the utility set. */
import path from 'node:path';
import * as vscode from 'vscode';
import { DATASET_ENDINGS } from '../experimentFile/pathSuggestions';
import type { Subset } from '../setup/datasetEntry';
import { askPick, separator, type PickItem } from './askPick';
import { chosenSets, rowsOf, type Choices, type ChosenFile, type ChosenSet } from './choices';
import type { DatasetItem } from './datasetShelf';
import type { PickParts } from './guidedPick';
import type { Step } from './steps';

const browseButton = (): vscode.QuickInputButton => ({
  iconPath: new vscode.ThemeIcon('folder-opened'),
  tooltip: vscode.l10n.t('Browse for Files...'),
});

/** What to do next where nothing has been chosen. */
interface Browse {
  readonly selected: readonly string[];
}

export function pickDatasets(parts: PickParts): Step<Choices> {
  return {
    async ask(choices, place) {
      const before = choices.files.map(({ file }) => file);
      for (let selected = before.length > 0 ? before : choices.ticked; ;) {
        const answer = await askPick<DatasetItem, readonly ChosenFile[] | Browse>({
          place,
          placeholder: placeholder(vscode.l10n.t('Datasets: one region is looked for in each')),
          canSelectMany: true,
          buttons: [browseButton()],
          fill: async (pick) => {
            await parts.shelf.show(pick, selected);
            if (isBare(parts)) pick.picker.prompt = bareText();
          },
          accept: async (items) =>
            items.length > 0
              ? parts.shelf.choose(items)
              : { missing: vscode.l10n.t('Tick at least one dataset.') },
          onButton: (_, { picker, finish }) =>
            finish({ selected: picker.selectedItems.map(({ file }) => file) }),
          onItemButton: ({ file }) => parts.showRows(file),
        });
        if (typeof answer !== 'object') return answer;
        if (!('selected' in answer)) return withFiles(choices, answer);
        selected = [...new Set([...answer.selected, ...(await browse(parts, true))])];
      }
    },
  };
}

/** Other files have other categories. */
function withFiles(choices: Choices, files: readonly ChosenFile[]): Choices {
  const isSame =
    files.map(({ file }) => file).join('\n') === choices.files.map(({ file }) => file).join('\n');
  return { ...choices, files, sets: isSame ? choices.sets : null };
}

interface SetItem extends PickItem {
  readonly set?: ChosenSet;
}

/** More are no categories that anyone ticks. */
const MOST_CATEGORIES = 50;

export function pickSubsets(): Step<Choices> {
  return {
    isAsked: ({ files }) => files.some((file) => categoriesOf(file).length > 0),
    async ask(choices, place) {
      const answer = await askPick<SetItem, readonly ChosenSet[]>({
        place,
        placeholder: vscode.l10n.t('Whole datasets, categories of them, or both: each is a set of its own'),
        canSelectMany: true,
        fill: ({ show }) => {
          const chosen = new Set(chosenSets(choices).map(keyOf));
          show(choices.files.flatMap(setItems), ({ set }) => set !== undefined && chosen.has(keyOf(set)));
        },
        accept: (items) =>
          items.length > 0
            ? { answer: items.flatMap(({ set }) => set ?? []) }
            : { missing: vscode.l10n.t('Tick at least one set.') },
      });
      return typeof answer === 'object' ? { ...choices, sets: answer } : answer;
    },
  };
}

function setItems({ file, preview }: ChosenFile): SetItem[] {
  const item = (set: ChosenSet, label: string): SetItem => ({
    set,
    label,
    description: vscode.l10n.t('{0} rows', rowsOf(set).toLocaleString('en')),
  });
  const name = vscode.workspace.asRelativePath(file);
  return [
    separator(name),
    item({ file, preview }, vscode.l10n.t('All of {0}', path.basename(file))),
    ...categoriesOf({ file, preview }).map((subset) => item({ file, preview, subset }, String(subset.value))),
  ];
}

/** None where there is only one. */
function categoriesOf({ preview: { detected, values } }: ChosenFile): Subset[] {
  const { category: field } = detected;
  const own = values.find((each) => each.field === field)?.values ?? [];
  return field === null || own.length < 2
    ? []
    : own.slice(0, MOST_CATEGORIES).map(({ value }) => ({ field, value }));
}

const keyOf = ({ file, subset }: ChosenSet): string => JSON.stringify([file, subset?.value]);

/** Names that public sets of harmless tasks have. */
const UTILITY = /alpaca|self.?instruct|seed.?tasks|dolly|gsm8k|utility|oasst|sharegpt|wikitext/i;

export function pickUtility(parts: PickParts): Step<Choices> {
  return {
    async ask(choices, place) {
      const files = choices.files.map(({ file }) => file);
      for (let active = choices.utility?.file; ;) {
        const answer = await askPick<DatasetItem, ChosenFile | 'none' | 'browse'>({
          place,
          placeholder: placeholder(vscode.l10n.t('Utility set: harmless tasks, whose region is taken away')),
          buttons: [browseButton()],
          fill: async (pick) => {
            const [likely] = [...parts.shelf.items.keys()].filter(
              (file) => UTILITY.test(file) && !files.includes(file),
            );
            const first = active ?? likely;
            await parts.shelf.show(pick, first === undefined ? [] : [first], files, [noUtility()]);
          },
          accept: async ([item]) => {
            if (!item) return { missing: '' };
            if (item.file === '') return { answer: 'none' };
            const chosen = await parts.shelf.choose([item]);
            if ('missing' in chosen) return chosen;
            const [file] = chosen.answer;
            return file ? { answer: file } : { missing: '' };
          },
          onButton: (_, { finish }) => finish('browse'),
          onItemButton: ({ file }) => parts.showRows(file),
        });
        if (answer === 'browse') [active = active] = await browse(parts, false);
        else if (answer === 'none') return { ...choices, utility: null };
        else return typeof answer === 'object' ? { ...choices, utility: answer } : answer;
      }
    },
  };
}

const noUtility = (): DatasetItem => ({
  file: '',
  label: `$(circle-slash) ${vscode.l10n.t('No utility set')}`,
  description: vscode.l10n.t('no isolated overlap, no SafeLayer'),
  alwaysShow: true,
});

/** Where there is no folder there is nothing to find. */
const placeholder = (text: string): string =>
  (vscode.workspace.workspaceFolders ?? []).length === 0
    ? `${text}. ${vscode.l10n.t('No folder is open: browse for files.')}`
    : text;

/** A folder, with nothing in it to choose. */
const isBare = ({ shelf }: PickParts): boolean =>
  (vscode.workspace.workspaceFolders ?? []).length > 0 && shelf.items.size === 0;

const bareText = (): string =>
  vscode.l10n.t(
    'There are no data files in this workspace: browse, with the folder button, for others. It begins at the samples that come with the extension.',
  );

async function browse(parts: PickParts, canSelectMany: boolean): Promise<string[]> {
  const { shelf, embeddedRoot } = parts;
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Datasets'),
    openLabel: vscode.l10n.t('Use'),
    canSelectMany,
    ...(isBare(parts) ? { defaultUri: vscode.Uri.file(path.join(embeddedRoot, 'sample', 'data')) } : {}),
    filters: { [vscode.l10n.t('Datasets')]: DATASET_ENDINGS.map((ending) => ending.slice(1)) },
  });
  const files = (chosen ?? []).map(({ fsPath }) => fsPath);
  for (const file of files) await shelf.add(file);
  return files;
}
