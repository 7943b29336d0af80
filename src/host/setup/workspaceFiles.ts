/** Files of the workspace by pattern, through VS Code's own search. */
import * as vscode from 'vscode';
import { findOnDisk } from '../diskFolders';
import { NO_DATA } from '../experimentFile/pathSuggestions';

/** @returns absolute paths of files on disk, of all folders of the workspace; not all where there are very many */
export type ListFiles = (glob: string, signal?: AbortSignal) => Promise<string[]>;

const MOST_FILES = 2_000;

/** None where no folder is open, and none of a folder that is not on disk. */
export const listWorkspaceFiles: ListFiles = async (glob, signal) => {
  const cancellation = new vscode.CancellationTokenSource();
  const cancel = (): void => cancellation.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await findOnDisk(glob, NO_DATA, MOST_FILES, cancellation.token);
  } finally {
    signal?.removeEventListener('abort', cancel);
    cancellation.dispose();
  }
};
