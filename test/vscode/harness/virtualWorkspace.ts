/** A workspace whose only folder is on no disk: an extension made for it serves one that is empty. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SCHEME = 'nowhere';

const MANIFEST = {
  name: 'nowhere-files',
  publisher: 'test',
  version: '0.0.1',
  engines: { vscode: '^1.80.0' },
  main: './main.js',
  activationEvents: [`onFileSystem:${SCHEME}`],
  capabilities: { virtualWorkspaces: true, untrustedWorkspaces: { supported: true } },
};

const MAIN = `
const vscode = require('vscode');
const never = new vscode.EventEmitter().event;
const refuse = () => { throw vscode.FileSystemError.NoPermissions(); };
exports.activate = (context) => context.subscriptions.push(
  vscode.workspace.registerFileSystemProvider('${SCHEME}', {
    onDidChangeFile: never,
    watch: () => new vscode.Disposable(() => undefined),
    stat: (uri) => {
      if (uri.path !== '/') throw vscode.FileSystemError.FileNotFound(uri);
      return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    },
    readDirectory: () => [],
    readFile: (uri) => { throw vscode.FileSystemError.FileNotFound(uri); },
    createDirectory: refuse, writeFile: refuse, delete: refuse, rename: refuse,
  }),
);
`;

/** @returns the folder's URI, and the absolute path of the extension, in `dir` */
export function virtualWorkspace(dir: string): { readonly folder: string; readonly extension: string } {
  const extension = path.join(dir, 'nowhere-files');
  mkdirSync(extension);
  writeFileSync(path.join(extension, 'package.json'), JSON.stringify(MANIFEST));
  writeFileSync(path.join(extension, 'main.js'), MAIN);
  return { folder: `${SCHEME}:/`, extension };
}
