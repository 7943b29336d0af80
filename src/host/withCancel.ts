/** Work that one waits for, with a notification that cancels it. */
import * as vscode from 'vscode';
import { ToolError } from '../protocol/errors';
import { plainMessage } from './plainMessage';

/** @returns whether the work was done; false: cancelled */
export async function withCancel(
  title: string,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const controller = new AbortController();
  try {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: plainMessage(title), cancellable: true },
      (_, token) => {
        token.onCancellationRequested(() => controller.abort());
        return work(controller.signal);
      },
    );
    return true;
  } catch (error) {
    if (ToolError.from(error).kind === 'cancelled') return false;
    throw error;
  }
}
