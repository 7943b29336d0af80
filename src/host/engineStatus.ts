/** The engine in the status bar, with what can be done about it one click away. */
import * as vscode from 'vscode';
import type { RunProgress } from '../protocol/engine';
import type { EngineState } from './engineHolder';
import { MemoryWatch, type Memory } from './memoryWatch';
import { bytesText } from './setup/sizeText';
import { statusRow, type EngineView } from './statusRow';

const WARNING = new vscode.ThemeColor('statusBarItem.warningBackground');

export class EngineStatus implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('safetyRegions.engine', vscode.StatusBarAlignment.Left);
  readonly #memory = new MemoryWatch((low) => this.#memoryChanged(low));
  #view: EngineView = { engine: 'off', run: undefined, memoryLeft: undefined };

  constructor() {
    this.#item.name = vscode.l10n.t('Safety Region Engine');
    this.#item.command = 'safetyRegions.showEngineStatus';
  }

  engineChanged(engine: EngineState): void {
    this.#show({ engine });
  }

  /** Undefined when the run has ended. */
  runChanged(run: 'preparing' | 'cancelling' | RunProgress | undefined): void {
    if (run === undefined) this.#memory.stop();
    else if (this.#view.run === undefined) this.#memory.start();
    this.#show({ run });
  }

  #memoryChanged(low: Memory | undefined): void {
    this.#show({ memoryLeft: low && bytesText(low.availableBytes) });
    if (!low) return;
    const cancel = vscode.l10n.t('Cancel Run');
    const text = vscode.l10n.t(
      'Memory runs low: {0} of {1} are free. A run that is cancelled, or that the system ends, can be resumed.',
      bytesText(low.availableBytes),
      bytesText(low.totalBytes),
    );
    void vscode.window.showWarningMessage(text, cancel).then((chosen) => {
      if (chosen === cancel) void vscode.commands.executeCommand('safetyRegions.cancelRun');
    });
  }

  #show(change: Partial<EngineView>): void {
    this.#view = { ...this.#view, ...change };
    const row = statusRow(this.#view, vscode.l10n);
    if (!row) {
      this.#item.hide();
      return;
    }
    this.#item.text = row.text;
    this.#item.tooltip = row.tooltip;
    this.#item.accessibilityInformation = { label: row.tooltip };
    this.#item.backgroundColor = row.isWarning ? WARNING : undefined;
    this.#item.show();
  }

  dispose(): void {
    this.#memory.stop();
    this.#item.dispose();
  }
}

/** What can be done now, for the user to choose. */
export async function showEngineStatus(isRunning: boolean, stopIdle: () => void): Promise<void> {
  const run = (name: string) => () => void vscode.commands.executeCommand(`safetyRegions.${name}`);
  const choices: readonly (vscode.QuickPickItem & { readonly act: () => void })[] = [
    isRunning
      ? { label: `$(stop-circle) ${vscode.l10n.t('Cancel Run')}`, act: run('cancelRun') }
      : { label: `$(debug-stop) ${vscode.l10n.t('Stop Engine')}`, act: stopIdle },
    { label: `$(chip) ${vscode.l10n.t('Choose Provider...')}`, act: run('pickProvider') },
    { label: `$(output) ${vscode.l10n.t('Show Log')}`, act: run('showLog') },
  ];
  const title = vscode.l10n.t('Safety Region Engine');
  (await vscode.window.showQuickPick(choices, { title }))?.act();
}
