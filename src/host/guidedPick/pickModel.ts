/** Step: the model. */
import * as vscode from 'vscode';
import { browseExperiment } from '../experiments';
import { findModel, type FoundModel, type ModelOrigin } from '../setup/findModels';
import { askPick, separator, type PickItem } from './askPick';
import type { Choices } from './choices';
import { modelFactsText } from './describe';
import type { PickParts } from './guidedPick';
import type { Answer, Step } from './steps';

interface ModelItem extends PickItem {
  readonly model?: FoundModel;
}

const fileButton = (): vscode.QuickInputButton => ({
  iconPath: new vscode.ThemeIcon('go-to-file'),
  tooltip: vscode.l10n.t('Run an Experiment File...'),
});

export function pickModel(parts: PickParts): Step<Choices> {
  return {
    async ask(choices, place) {
      for (let current = choices.model; ;) {
        const answer: Answer<FoundModel | 'browse' | 'file'> = await askPick<
          ModelItem,
          FoundModel | 'browse' | 'file'
        >({
          place,
          placeholder: vscode.l10n.t('The model whose regions are looked for'),
          buttons: [fileButton()],
          fill: async ({ picker, signal, show }) => {
            const found = await parts.models();
            if (signal.aborted) return;
            const isNew = current && !found.some(({ reference }) => reference === current?.reference);
            show(
              modelItems(isNew ? [current as FoundModel, ...found] : found),
              ({ model }) => model !== undefined && model.reference === current?.reference,
            );
            if (current?.problem) picker.prompt = `${current.problem.message} ${current.problem.mend}`;
          },
          accept: ([item]) => (item ? { answer: item.model ?? 'browse' } : { missing: '' }),
          onButton: (_, { finish }) => finish('file'),
        });
        if (typeof answer === 'object') return { ...choices, model: answer };
        if (typeof answer !== 'string') return answer;
        if (answer === 'browse') current = (await browse(parts.embeddedRoot)) ?? current;
        const file = answer === 'file' ? await browseExperiment() : undefined;
        if (file) return { ...choices, outcome: { file: file.fsPath, isToRun: true } };
      }
    },
  };
}

function modelItems(models: readonly FoundModel[]): ModelItem[] {
  const { l10n } = vscode;
  const usable = (origin: ModelOrigin): FoundModel[] =>
    models.filter((model) => model.problem === null && model.origin === origin);
  const groups: [string, FoundModel[]][] = [
    [l10n.t('In this workspace'), usable('workspace')],
    [l10n.t('With the extension'), usable('embedded')],
    [l10n.t('In the local Hugging Face cache'), usable('hub')],
    [l10n.t('Not supported'), models.filter(({ problem }) => problem !== null)],
  ];
  return [
    ...groups.flatMap(([label, group]) =>
      group.length === 0 ? [] : [separator(label), ...group.map(modelItem)],
    ),
    separator(''),
    { label: `$(folder-opened) ${l10n.t('Browse for a Model Folder...')}`, alwaysShow: true },
  ];
}

function modelItem(model: FoundModel): ModelItem {
  const { origin, name, problem } = model;
  return {
    model,
    label: origin === 'workspace' ? vscode.workspace.asRelativePath(name) : name,
    description: modelFactsText(model, vscode.l10n),
    ...(problem && {
      detail: `$(circle-slash) ${problem.message}`,
      problem: `${problem.message} ${problem.mend}`,
    }),
  };
}

async function browse(embeddedRoot: string): Promise<FoundModel | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Folder with config.json and model.safetensors'),
      openLabel: vscode.l10n.t('Use'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder && findModel(folder.fsPath, embeddedRoot);
}
