/** The workspace's folders on disk, which is all that programs can read. */
import * as vscode from 'vscode';

/** Absolute. */
export const diskFolders = (): string[] =>
  (vscode.workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);

/**
 * VS Code's own search. Not of all folders at once: of one on no disk that nobody can search it never ends.
 * @param most files of one folder
 * @returns absolute paths
 */
export async function findOnDisk(
  glob: string,
  exclude: string,
  most: number,
  token?: vscode.CancellationToken,
): Promise<string[]> {
  const found = await Promise.all(
    diskFolders().map((folder) =>
      vscode.workspace.findFiles(new vscode.RelativePattern(folder, glob), exclude, most, token),
    ),
  );
  // A folder may lie in another one.
  return [...new Set(found.flat().map(({ fsPath }) => fsPath))];
}
