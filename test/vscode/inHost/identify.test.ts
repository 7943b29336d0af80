import assert from 'node:assert/strict';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { closeAllEditors, explorerTabs, listRuns, until, workspaceFile } from './window';

const identify = (file: string): Thenable<unknown> =>
  vscode.commands.executeCommand('safetyRegions.identify', workspaceFile(file));
/** Twenty starts of a process, on a machine that may have other work. */
const LONG_MS = 600_000;
const SAMPLE = 'sample.safety-region.json';

/** The run that is being computed, once its folder is there. */
const running = (): Promise<{ path: string }> =>
  until('a running run', async () => (await listRuns()).find(({ state }) => state === 'running'));

describe('identify', () => {
  afterEach(closeAllEditors);

  it('runs an experiment to the end and shows its overlaps', async () => {
    const runDir = await identify(SAMPLE);
    assert.ok(typeof runDir === 'string' && existsSync(path.join(runDir, 'summary.json')), String(runDir));
    const run = (await listRuns()).find((listed) => listed.path === runDir);
    assert.equal(run?.state, 'done');
    assert.deepEqual(run.methods, ['snip', 'wanda']);
    await until('the explorer', () => explorerTabs().some((label) => label.includes('sample')) || undefined);
  });

  it('writes nothing where the guided pick of a dataset is dismissed', async () => {
    const before = await vscode.workspace.findFiles('**/*.safety-region.json');
    let isOver = false;
    const ended = Promise.resolve(identify('data/harmbench/harmbench_extract.csv')).finally(
      () => (isOver = true),
    );
    await until('the end of the pick', async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      return isOver || undefined;
    });
    assert.equal(await ended, undefined);
    assert.equal((await vscode.workspace.findFiles('**/*.safety-region.json')).length, before.length);
  });

  it('gives undefined for an experiment that cannot be used, and starts no run', async () => {
    const uri = workspaceFile('absent-model.safety-region.json');
    const sample = readFileSync(workspaceFile(SAMPLE).fsPath, 'utf8').replace(
      'embedded:random-tiny',
      'no/such/model',
    );
    await vscode.workspace.fs.writeFile(uri, Buffer.from(sample));
    const before = (await listRuns()).length;
    assert.equal(await identify('absent-model.safety-region.json'), undefined);
    assert.equal((await listRuns()).length, before);
    await vscode.workspace.fs.delete(uri);
  });

  it('stops when cancelled, and goes on with the same run when resumed', async () => {
    const ended = identify(SAMPLE);
    const { path: runDir } = await running();
    await vscode.commands.executeCommand('safetyRegions.cancelRun');
    assert.equal(await ended, undefined);
    const state = async (): Promise<string | undefined> =>
      (await listRuns()).find((run) => run.path === runDir)?.state;
    assert.equal(await state(), 'interrupted');
    assert.equal(await vscode.commands.executeCommand('safetyRegions.resumeRun', { path: runDir }), runDir);
    assert.equal(await state(), 'done');
  });

  it('outlives a killed engine, and can run again', async () => {
    const ended = identify(SAMPLE);
    const { path: runDir } = await running();
    for (const pid of engines()) process.kill(pid, 'SIGKILL');
    assert.equal(await ended, undefined);
    const left = (await listRuns()).find((run) => run.path === runDir);
    assert.equal(left?.state, 'interrupted');
    assert.equal(await vscode.commands.executeCommand('safetyRegions.resumeRun', left), runDir);
  });

  it('outlives 20 crashes', async () => {
    for (let crash = 0; crash < 20; crash++) {
      const ended = identify(SAMPLE);
      const { path: runDir } = await running();
      for (const pid of engines()) process.kill(pid, 'SIGABRT');
      assert.equal(await ended, undefined);
      assert.equal((await listRuns()).find((run) => run.path === runDir)?.state, 'interrupted');
    }
    const runDir = await identify(SAMPLE);
    assert.ok(typeof runDir === 'string' && existsSync(path.join(runDir, 'summary.json')), String(runDir));
  }).timeout(LONG_MS);
});

/** Engine processes that this extension host started. Linux tells them by /proc. */
function engines(): number[] {
  const found = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isChild = readFileSync(`/proc/${pid}/status`, 'utf8').includes(`PPid:\t${process.pid}\n`);
        return isChild && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('engine.js');
      } catch {
        return false; // It has ended meanwhile.
      }
    })
    .map(Number);
  assert.ok(found.length > 0, 'no engine process');
  return found;
}
