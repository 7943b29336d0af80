/** Workspaces for tests, in temporary folders: the sample experiment, and runs in every state. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from './root';

export interface Workspace {
  readonly dir: string;
  readonly runsDir: string;
  remove(): void;
}

export const SAMPLE = 'sample.safety-region.json';

/** A copy of the sample experiment with its data; no runs. */
export function sampleWorkspace(): Workspace {
  const workspace = emptyWorkspace();
  copyWithoutRuns('native-models/random-sample', workspace.dir);
  return workspace;
}

/** What is in `folder`, from the root of the project on, but the runs of whoever tried it before. */
export function copyWithoutRuns(folder: string, target: string): void {
  cpSync(inRoot(folder), target, {
    recursive: true,
    filter: (source) => path.basename(source) !== '.safety-region',
  });
}

export function emptyWorkspace(): Workspace {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'srx-ws-')));
  return {
    dir,
    runsDir: path.join(dir, '.safety-region', 'runs'),
    remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

/** An empty one, for as long as `work` takes. */
export async function withWorkspace(work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = emptyWorkspace();
  try {
    await work(workspace);
  } finally {
    workspace.remove();
  }
}

/** A folder named like a run whose run.json is no JSON. */
export function addBrokenRun({ runsDir }: Workspace): string {
  const dir = path.join(runsDir, '20200102-030405-broken-0a1b2c');
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'run.json'), '{ "schemaVersion": 1, ');
  return dir;
}
