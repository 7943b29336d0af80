/** How errors reach people: one line that says what and how to mend it, the log for the rest. */
import * as vscode from 'vscode';
import { ToolError } from '../protocol/errors';
import { plainMessage } from './plainMessage';

/** Which setting mends an error of that code. */
const SETTING_OF: Readonly<Record<string, string>> = {
  'engine-not-started': 'safetyRegions.engine.nodePath',
};

export class Reporter {
  constructor(readonly log: vscode.LogOutputChannel) {}

  /** Logs and shows; settles when the message is closed, so do not wait for it before going on. */
  async showError(thrown: unknown): Promise<void> {
    const error = ToolError.from(thrown);
    this.log.error(`[${error.code}] ${error.message} ${error.mend}`);
    if (error.kind === 'engine' && error.cause instanceof Error) this.log.error(error.cause);
    const openSetting = vscode.l10n.t('Open Setting');
    const setting = SETTING_OF[error.code];
    const text = plainMessage(`${error.message} ${error.mend}`);
    const chosen = await this.ask(text, ...(setting === undefined ? [] : [openSetting]));
    if (chosen === openSetting && setting !== undefined) await openSettings(setting);
  }

  /** An error with ways on, and the log one click away. */
  async ask(text: string, ...ways: readonly string[]): Promise<string | undefined> {
    const showLog = vscode.l10n.t('Show Log');
    const chosen = await vscode.window.showErrorMessage(text, ...ways, showLog);
    if (chosen === showLog) this.log.show();
    return chosen;
  }

  /** Runs a command's work: whatever it throws is shown, never lost. */
  async guard<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      void this.showError(error);
      return undefined;
    }
  }
}

/** In the tab where it is set: settings of this machine are in none but their own over a remote connection. */
async function openSettings(setting: string): Promise<void> {
  const isOfWorkspace = vscode.workspace.getConfiguration().inspect(setting)?.workspaceValue !== undefined;
  const where = isOfWorkspace ? 'Workspace' : vscode.env.remoteName === undefined ? '' : 'Remote';
  await vscode.commands.executeCommand(`workbench.action.open${where}Settings`, { query: setting });
}
