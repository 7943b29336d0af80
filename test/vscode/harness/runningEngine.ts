/** The process that computes a workspace's only run. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { liveLockOwner } from '../../../src/store/runLock';
import { readRunProgress } from '../../../src/store/runProgress';
import type { Workspace } from './workspace';

const START_MS = 60_000;
const LOOK_MS = 50;

/** As the lock tells it, which is there before the run is shown. */
export async function enginePid(workspace: Workspace): Promise<number> {
  const run = await onlyRun(workspace);
  const owner = run === null ? null : await liveLockOwner(path.join(run, 'lock'));
  assert.ok(owner, 'no run goes on');
  return owner.pid;
}

/** Stops the engine at its first layer and lets it go on after `work`, which then has a run that goes on however slow it is. */
export async function whileHalted(workspace: Workspace, work: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await isAtLayers(workspace))) {
    assert.ok(Date.now() < deadline, 'the run came to no layer');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  const pid = await enginePid(workspace);
  process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

async function isAtLayers(workspace: Workspace): Promise<boolean> {
  const run = await onlyRun(workspace);
  const progress = run === null ? null : await readRunProgress(run);
  return progress?.phase === 'forward';
}

async function onlyRun({ runsDir }: Workspace): Promise<string | null> {
  const runs = (await readdir(runsDir).catch(() => [])).filter((name) => !name.startsWith('.'));
  const [run] = runs;
  return run === undefined ? null : path.join(runsDir, run);
}
