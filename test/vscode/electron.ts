/**
 * The in-host suite in a desktop VS Code, which @vscode/test-electron downloads: opt-in, for networks that allow it.
 */
import { runTests } from '@vscode/test-electron';
import { inRoot, root } from './harness/root';
import { sampleWorkspace } from './harness/workspace';

async function main(): Promise<number> {
  const workspace = sampleWorkspace();
  try {
    return await runTests({
      extensionDevelopmentPath: root,
      extensionTestsPath: inRoot('test/.cache/vscode/inHost.js'),
      launchArgs: [workspace.dir, '--disable-extensions', '--disable-workspace-trust', '--skip-welcome'],
    });
  } finally {
    workspace.remove();
  }
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
