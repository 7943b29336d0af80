/** Steps: the methods with their settings, and the adapter where one of them is about adapters. */
import * as vscode from 'vscode';
import {
  asSettingValue,
  experimentSettings,
  type MethodDescription,
  type SettingKind,
} from '../../core/run/experimentSettings';
import { valueAt } from '../../core/run/jsonDocument';
import {
  defaultMethod,
  describedMethod,
  settingsText,
  withSetting,
  type MethodFields,
} from '../setup/methodSettings';
import { askPick, type PickItem } from './askPick';
import { askText } from './askText';
import type { Choices } from './choices';
import type { PickParts } from './guidedPick';
import { BACK, type Answer, type Step, type StepPlace } from './steps';

interface MethodItem extends PickItem {
  readonly fields: MethodFields;
}

/** The user wants to change the settings of this one, and had ticked those. */
interface Change {
  readonly change: MethodFields;
  readonly ticked: readonly string[];
}

export function pickMethods(parts: PickParts): Step<Choices> {
  return {
    async ask(choices, place) {
      const hasAdapters = (await parts.adapters()).length > 0;
      let all = experimentSettings().methods.map(
        (method) => choices.methods.find((own) => own.method === method.id) ?? defaultMethod(method),
      );
      for (let ticked = choices.methods.map(({ method }): string => method); ;) {
        const answer = await askPick<MethodItem, readonly MethodFields[] | Change>({
          place,
          placeholder: vscode.l10n.t('Methods: the gear changes the settings of one'),
          canSelectMany: true,
          fill: ({ show }) => {
            const items = all.map((fields) => methodItem(fields, choices, hasAdapters));
            show(items, ({ fields, problem }) => problem === undefined && ticked.includes(fields.method));
          },
          accept: (items) =>
            items.length > 0
              ? { answer: items.map(({ fields }) => fields) }
              : { missing: vscode.l10n.t('Tick at least one method.') },
          onItemButton: ({ fields }, _, { picker, finish }) =>
            finish({ change: fields, ticked: picker.selectedItems.map((item) => item.fields.method) }),
        });
        if (typeof answer !== 'object') return answer;
        if (!('change' in answer)) return { ...choices, methods: answer };
        ticked = [...answer.ticked];
        const changed = await changeSettings(answer.change, place);
        if (changed === undefined) return undefined;
        all = all.map((fields) => (fields.method === changed.method ? changed : fields));
      }
    },
  };
}

function methodItem(fields: MethodFields, { utility }: Choices, hasAdapters: boolean): MethodItem {
  const { l10n } = vscode;
  const { id, title, description } = describedMethod(fields.method);
  const problem =
    id === 'safeLayer' && utility === null
      ? l10n.t('It compares with a utility set, and none was chosen.')
      : id === 'nlsr' && !hasAdapters
        ? l10n.t('It is about a LoRA adapter, and none was found.')
        : undefined;
  return {
    fields,
    label: title,
    description: settingsText(fields),
    detail: problem === undefined ? description : `$(circle-slash) ${problem}`,
    problem,
    buttons: [{ iconPath: new vscode.ThemeIcon('gear'), tooltip: l10n.t('Change Settings of {0}', title) }],
  };
}

interface SettingItem extends PickItem {
  readonly setting: SettingKind;
}

/** Setting by setting, until the user goes back. Undefined: dismissed. */
async function changeSettings(fields: MethodFields, place: StepPlace): Promise<MethodFields | undefined> {
  const method = describedMethod(fields.method);
  for (let changed = fields; ;) {
    const answer = await askPick<SettingItem, SettingKind>({
      place: inside(place, method),
      placeholder: vscode.l10n.t('Setting to change; Back when done'),
      fill: ({ show }) =>
        show(
          method.settings.map((setting) => ({
            setting,
            label: setting.name,
            description: textOf(valueIn(changed, setting)),
            detail: setting.description,
          })),
        ),
      accept: ([item]) => (item ? { answer: item.setting } : { missing: '' }),
    });
    if (answer === BACK) return changed;
    if (answer === undefined) return undefined;
    const next = await changeSetting(changed, answer, inside(place, method));
    if (next === undefined) return undefined;
    if (next !== BACK) changed = next;
  }
}

function changeSetting(
  fields: MethodFields,
  setting: SettingKind,
  place: StepPlace,
): Promise<Answer<MethodFields>> {
  const { kind, options } = setting;
  if (kind === 'choice') return chooseValue(fields, setting, options, place);
  if (kind === 'flag') return chooseValue(fields, setting, [true, false], place);
  return typeValue(fields, setting, place);
}

async function chooseValue(
  fields: MethodFields,
  setting: SettingKind,
  values: readonly (string | boolean)[],
  place: StepPlace,
): Promise<Answer<MethodFields>> {
  const current = valueIn(fields, setting);
  const answer = await askPick<PickItem, string | boolean>({
    place,
    placeholder: `${setting.name}: ${setting.description}`,
    fill: ({ show }) =>
      show(
        values.map((value) => ({ label: String(value) })),
        ({ label }) => label === textOf(current),
      ),
    accept: ([item]) => {
      const value = values.find((each) => String(each) === item?.label);
      return value === undefined ? { missing: '' } : { answer: value };
    },
  });
  if (answer === BACK || answer === undefined) return answer;
  const changed = withSetting(fields, setting.name, answer);
  return 'refused' in changed ? fields : changed;
}

async function typeValue(
  fields: MethodFields,
  setting: SettingKind,
  place: StepPlace,
): Promise<Answer<MethodFields>> {
  const { name } = setting;
  const changed = (text: string): ReturnType<typeof withSetting> =>
    withSetting(fields, name, text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text);
  const answer = await askText({
    place,
    prompt: `${name}: ${setting.description}`,
    value: textOf(valueIn(fields, setting)),
    check: (text) => {
      const result = changed(text);
      return 'refused' in result ? result.refused : null;
    },
  });
  if (answer === BACK || answer === undefined) return answer;
  const result = changed(answer);
  return 'refused' in result ? fields : result;
}

/** A step within a step: it can be gone back from even where it is the first. */
const inside = ({ title, step, totalSteps }: StepPlace, { title: method }: MethodDescription): StepPlace => ({
  title: `${title}: ${method}`,
  step,
  totalSteps,
});

const valueIn = (fields: MethodFields, { name, fallback }: SettingKind): SettingKind['fallback'] =>
  asSettingValue(valueAt(fields, [name])) ?? fallback;

const textOf = (value: SettingKind['fallback']): string => (value === null ? '' : String(value));

interface AdapterItem extends PickItem {
  readonly reference: string;
}

export function pickAdapter(parts: PickParts): Step<Choices> {
  return {
    isAsked: ({ methods }) => methods.some(({ method }) => method === 'nlsr'),
    async ask(choices, place) {
      const answer = await askPick<AdapterItem, string>({
        place,
        placeholder: vscode.l10n.t('The LoRA adapter that NLSR looks at'),
        fill: async ({ show }) =>
          show(
            (await parts.adapters()).map((reference) => ({
              reference,
              label: vscode.workspace.asRelativePath(reference),
            })),
            ({ reference }) => reference === choices.adapter,
          ),
        accept: ([item]) => (item ? { answer: item.reference } : { missing: '' }),
      });
      return typeof answer === 'string' ? { ...choices, adapter: answer } : answer;
    },
  };
}
