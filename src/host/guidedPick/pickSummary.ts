/** Last step: what it would take, name and place of the file, and the start. */
import path from 'node:path';
import * as vscode from 'vscode';
import { experimentSettings } from '../../core/run/experimentSettings';
import { ToolError } from '../../protocol/errors';
import { diskFolders } from '../diskFolders';
import { estimate } from '../setup/estimate';
import { experimentText } from '../setup/experimentText';
import { estimateText, shortageText } from '../setup/sizeText';
import { askPick, separator, type PickItem } from './askPick';
import { askText } from './askText';
import { chosenSets, experimentName, pickedExperiment, sampleCount, type Choices } from './choices';
import { sampleCountReason } from './describe';
import type { PickParts } from './guidedPick';
import { homeFolder, writeNewExperiment } from './newFile';
import { BACK, type Answer, type Step, type StepPlace } from './steps';

type Action = 'run' | 'open' | 'name' | 'folder' | 'count' | 'seed' | 'template';

interface ActionItem extends PickItem {
  readonly action?: Action;
}

export function pickSummary(parts: PickParts): Step<Choices> {
  return {
    async ask(initial, place) {
      for (let choices = initial; ;) {
        const folder = choices.folder ?? folderFor(choices);
        if (folder === undefined) return BACK;
        const text = experimentText(pickedExperiment(choices, folder));
        const action = await askAction(parts, choices, folder, text, place);
        if (action === BACK || action === undefined) return action;
        if (action === 'run' || action === 'open') {
          const file = await writeNewExperiment(folder, experimentName(choices), text);
          return { ...choices, outcome: { file, isToRun: action === 'run' } };
        }
        const changed = await change(choices, action, folder, place);
        if (changed === undefined) return undefined;
        if (changed !== BACK) choices = changed;
      }
    },
  };
}

function folderFor(choices: Choices): string | undefined {
  return homeFolder(
    choices.files.map(({ file }) => file),
    diskFolders(),
  );
}

function askAction(
  { engines }: PickParts,
  choices: Choices,
  folder: string,
  text: string,
  place: StepPlace,
): Promise<Answer<Action>> {
  return askPick<ActionItem, Action>({
    place,
    placeholder: vscode.l10n.t('What it would take; nothing has been written yet'),
    fill: async ({ signal, show, refresh }) => {
      const items = actionItems(choices, folder);
      show(items, ({ action }) => action === 'run');
      const [run] = items;
      if (!run) return;
      const file = path.join(folder, 'new.safety-region.json');
      const expected = await estimate(engines, file, text).catch((error: unknown) => ToolError.from(error));
      if (signal.aborted) return;
      if (expected instanceof ToolError) {
        run.problem = `${expected.message} ${expected.mend}`;
        run.detail = `$(circle-slash) ${run.problem}`;
      } else {
        // Too little memory is asked about when the run starts.
        const shortage = shortageText(expected, vscode.l10n);
        const sizes = estimateText(expected, vscode.l10n);
        run.detail = shortage === null ? sizes : `$(warning) ${shortage} ${sizes}`;
      }
      refresh(items);
    },
    accept: ([item]) => (item?.action ? { answer: item.action } : { missing: '' }),
  });
}

function actionItems(choices: Choices, folder: string): ActionItem[] {
  const { l10n } = vscode;
  const { methods, model, utility, seed, template } = choices;
  const sets = chosenSets(choices).length;
  const samples = sampleCount(choices);
  const what = [
    model?.name ?? '',
    sets === 1 ? l10n.t('1 set') : l10n.t('{0} sets', sets),
    ...(utility ? [path.basename(utility.file)] : []),
    methods.map(({ method }) => method).join(', '),
  ].join(' \u00b7 ');
  const setting = (action: Action, label: string, value: string, detail?: string): ActionItem => ({
    action,
    label,
    description: value,
    ...(detail !== undefined && { detail }),
  });
  return [
    {
      action: 'run',
      label: `$(play) ${l10n.t('Create and Run')}`,
      description: what,
      detail: l10n.t('Estimating...'),
    },
    {
      action: 'open',
      label: `$(go-to-file) ${l10n.t('Create and Open')}`,
      description: l10n.t('without running it'),
    },
    separator(l10n.t('Change')),
    setting('name', `$(edit) ${l10n.t('Name')}`, experimentName(choices)),
    setting('folder', `$(folder) ${l10n.t('Folder')}`, folder),
    setting(
      'count',
      `$(list-ordered) ${l10n.t('Samples a set')}`,
      String(samples.count),
      sampleCountReason(samples, l10n),
    ),
    setting('seed', `$(settings) ${l10n.t('Seed')}`, String(seed)),
    setting('template', `$(settings) ${l10n.t('Template')}`, template),
  ];
}

async function change(
  choices: Choices,
  action: Exclude<Action, 'run' | 'open'>,
  folder: string,
  place: StepPlace,
): Promise<Answer<Choices>> {
  const { l10n } = vscode;
  switch (action) {
    case 'name': {
      const check = (text: string): string | null =>
        text.trim() === '' ? l10n.t('A name has a letter or more.') : null;
      const name = await askText({
        place,
        prompt: l10n.t('Name of the experiment'),
        value: experimentName(choices),
        check,
      });
      return typeof name === 'string' ? { ...choices, name: name.trim().slice(0, 200) } : name;
    }
    case 'count':
    case 'seed': {
      const value = action === 'seed' ? choices.seed : sampleCount(choices).count;
      const number = await askNumber(place, action, value);
      return typeof number === 'number' ? { ...choices, [action]: number } : number;
    }
    case 'template':
      return askTemplate(choices, place);
    case 'folder': {
      const [chosen] =
        (await vscode.window.showOpenDialog({
          title: l10n.t('Folder of the experiment file'),
          openLabel: l10n.t('Use'),
          defaultUri: vscode.Uri.file(folder),
          canSelectFiles: false,
          canSelectFolders: true,
        })) ?? [];
      return chosen ? { ...choices, folder: chosen.fsPath } : BACK;
    }
  }
}

async function askNumber(place: StepPlace, name: 'count' | 'seed', value: number): Promise<Answer<number>> {
  const least = name === 'count' ? 1 : 0;
  const answer = await askText({
    place,
    prompt: samplingDescription(name),
    value: String(value),
    check: (text) => {
      const number = Number(text);
      const isWell = text.trim() !== '' && Number.isSafeInteger(number) && number >= least;
      return isWell ? null : vscode.l10n.t('A whole number, {0} or more.', least);
    },
  });
  return typeof answer === 'string' ? Number(answer) : answer;
}

async function askTemplate(choices: Choices, place: StepPlace): Promise<Answer<Choices>> {
  const setting = experimentSettings().groups.experiment.find(({ name }) => name === 'template');
  const answer = await askPick<PickItem, Choices['template']>({
    place,
    placeholder: setting?.description ?? '',
    fill: ({ show }) =>
      show(
        (setting?.options ?? []).map((label) => ({ label })),
        ({ label }) => label === choices.template,
      ),
    accept: ([item]) => (item ? { answer: item.label as Choices['template'] } : { missing: '' }),
  });
  return typeof answer === 'string' ? { ...choices, template: answer } : answer;
}

const samplingDescription = (name: string): string =>
  experimentSettings().groups.sampling.find((setting) => setting.name === name)?.description ?? '';
