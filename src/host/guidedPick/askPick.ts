/** One list of a guided pick: Back and Browse, items that come late, and items that cannot be picked, with the reason. */
import * as vscode from 'vscode';
import { ToolError } from '../../protocol/errors';
import { BACK, type Answer, type StepPlace } from './steps';

export interface PickItem extends vscode.QuickPickItem {
  /** Why it cannot be picked. */
  problem?: string | undefined;
}

/** The list while it is shown. */
export interface OpenPick<T extends PickItem, R> {
  readonly picker: vscode.QuickPick<T>;
  /** Aborted when the list is closed. */
  readonly signal: AbortSignal;
  /** Shows items: those that are chosen are ticked, or the first of them is the one that Enter takes. */
  readonly show: (items: readonly T[], isChosen?: (item: T) => boolean) => void;
  /** Shows changed items, the same objects, without losing what is selected. */
  readonly refresh: (items: readonly T[]) => void;
  /** Closes the list with this answer. */
  readonly finish: (answer: Answer<R>) => void;
}

/** The answer, or why there is none yet: the list stays then. */
export type Accepted<R> = { readonly answer: R } | { readonly missing: string };

export interface PickRequest<T extends PickItem, R> {
  readonly place: StepPlace;
  /** What to pick; read out by screen readers. */
  readonly placeholder: string;
  readonly canSelectMany?: boolean;
  /** In the title, beside Back. */
  readonly buttons?: readonly vscode.QuickInputButton[];
  /** Sets the items, at once or later; the list is busy until it settles. */
  fill(pick: OpenPick<T, R>): Promise<void> | void;
  accept(items: readonly T[]): Accepted<R> | Promise<Accepted<R>>;
  onButton?(button: vscode.QuickInputButton, pick: OpenPick<T, R>): void;
  onItemButton?(item: T, button: vscode.QuickInputButton, pick: OpenPick<T, R>): void;
}

/** @throws what `fill` throws, unless the list was closed */
export async function askPick<T extends PickItem, R>(request: PickRequest<T, R>): Promise<Answer<R>> {
  const picker = vscode.window.createQuickPick<T>();
  const closed = new AbortController();
  const { Back } = vscode.QuickInputButtons;
  layOut(picker, request);
  try {
    return await new Promise<Answer<R>>((resolve, reject) => {
      const pick: OpenPick<T, R> = {
        picker,
        signal: closed.signal,
        show: (items, isChosen) => show(picker, items, isChosen),
        refresh: (items) => refresh(picker, items),
        finish: resolve,
      };
      picker.onDidHide(() => resolve(undefined));
      picker.onDidTriggerButton((button) =>
        button === Back ? resolve(BACK) : request.onButton?.(button, pick),
      );
      picker.onDidTriggerItemButton(({ item, button }) => request.onItemButton?.(item, button, pick));
      picker.onDidChangeSelection((selected) => {
        const refused = picker.canSelectMany
          ? selected.find(({ problem }) => problem !== undefined)
          : undefined;
        if (!refused) return;
        picker.prompt = refusal(refused);
        picker.selectedItems = selected.filter(({ problem }) => problem === undefined);
      });
      picker.onDidAccept(() => void take().catch(reject));
      const take = async (): Promise<void> => {
        const chosen = picker.canSelectMany ? picker.selectedItems : picker.activeItems.slice(0, 1);
        const refused = chosen.find(({ problem }) => problem !== undefined);
        const accepted = refused ? { missing: refusal(refused) } : await request.accept(chosen);
        if ('answer' in accepted) resolve(accepted.answer);
        else picker.prompt = accepted.missing;
      };
      picker.busy = true;
      picker.show();
      Promise.resolve(request.fill(pick)).then(
        () => {
          picker.busy = false;
        },
        (error: unknown) => {
          if (!closed.signal.aborted) reject(ToolError.from(error));
        },
      );
    });
  } finally {
    closed.abort();
    picker.dispose();
  }
}

function layOut<T extends PickItem, R>(picker: vscode.QuickPick<T>, request: PickRequest<T, R>): void {
  const { place, placeholder, canSelectMany, buttons } = request;
  picker.title = place.title;
  picker.step = place.step;
  picker.totalSteps = place.totalSteps;
  picker.placeholder = placeholder;
  picker.canSelectMany = canSelectMany ?? false;
  picker.buttons = [...(place.step > 1 ? [vscode.QuickInputButtons.Back] : []), ...(buttons ?? [])];
  picker.ignoreFocusOut = true;
  picker.matchOnDescription = true;
  picker.matchOnDetail = true;
  picker.keepScrollPosition = true;
}

const refusal = ({ label, problem = '' }: PickItem): string =>
  vscode.l10n.t('{0} cannot be used: {1}', label, problem);

function show<T extends PickItem>(
  picker: vscode.QuickPick<T>,
  items: readonly T[],
  isChosen: (item: T) => boolean = () => false,
): void {
  const chosen = items.filter(isChosen);
  for (const item of items) item.picked = chosen.includes(item);
  picker.items = items;
  // Without an active item Enter would do nothing.
  if (picker.canSelectMany) picker.selectedItems = chosen;
  else if (chosen.length > 0) picker.activeItems = chosen.slice(0, 1);
}

/** Setting the items anew clears what is selected. */
function refresh<T extends PickItem>(picker: vscode.QuickPick<T>, items: readonly T[]): void {
  const [selected, active] = [picker.selectedItems, picker.activeItems];
  show(picker, items, (item) => selected.includes(item));
  picker.activeItems = items.filter((item) => active.includes(item));
}

export const separator = (label: string): PickItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
