import * as vscode from 'vscode';
import { usageError } from '../protocol/errors';

/** @throws usage error untrusted, in Restricted Mode, in which nothing of the workspace is run */
export function requireTrust(mend = 'Trust it to run experiments in it.'): void {
  if (!vscode.workspace.isTrusted) throw usageError('untrusted', 'This workspace is not trusted.', mend);
}
