/** How errors reach people: one line that says what and how to mend it, the log for the rest. */
import * as vscode from 'vscode';
import { ToolError } from '../protocol/errors';
import { plainMessage } from './plainMessage';

export class Reporter {
  constructor(readonly log: vscode.LogOutputChannel) {}

  /** Logs and shows; settles when the message is closed, so do not wait for it before going on. */
  async showError(thrown: unknown): Promise<void> {
    const error = ToolError.from(thrown);
    this.log.error(`[${error.code}] ${error.message} ${error.mend}`);
    if (error.kind === 'engine' && error.cause instanceof Error) this.log.error(error.cause);
    const showLog = vscode.l10n.t('Show Log');
    const text = plainMessage(`${error.message} ${error.mend}`);
    const chosen = await vscode.window.showErrorMessage(text, showLog);
    if (chosen === showLog) this.log.show();
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
