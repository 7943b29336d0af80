import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { parseExperiment } from '../../../src/core/run/experiment';
import { addDoneRun, addInterruptedRun } from '../harness/cannedRun';
import { closeAllEditors, explorerTabs, listRuns, until, workspaceFile } from './window';

const runsDir = (): string => workspaceFile('.safety-region', 'runs').fsPath;
const command = (name: string, ...args: unknown[]): Thenable<unknown> =>
  vscode.commands.executeCommand(`safetyRegions.${name}`, ...args);
const runOf = (runDir: string): Promise<{ path: string }> =>
  until('the run', async () => (await listRuns()).find((run) => run.path === runDir));

describe('runs', () => {
  afterEach(closeAllEditors);

  it('copies paths, of all that are selected', async () => {
    const first = await runOf(await addDoneRun(runsDir(), 'copied', '2020-02-01T00:00:00.000Z'));
    const second = await runOf(await addDoneRun(runsDir(), 'copied', '2020-02-02T00:00:00.000Z'));
    await command('copyRunPath', first);
    assert.equal(await vscode.env.clipboard.readText(), first.path);
    await command('copyRunPath', second, [first, second]);
    assert.equal(await vscode.env.clipboard.readText(), `${first.path}\n${second.path}`);
  });

  it('opens the experiment of a run, unsaved, in the workspace', async () => {
    await command(
      'copyRunAsExperiment',
      await runOf(await addDoneRun(runsDir(), 'again', '2020-02-03T00:00:00.000Z')),
    );
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document?.isUntitled);
    assert.equal(document.languageId, 'jsonc');
    assert.equal(document.uri.fsPath, workspaceFile('canned-copy.safety-region.json').fsPath);
    const experiment = parseExperiment(document.getText(), 'copy');
    assert.equal(experiment.name, 'again');
    assert.deepEqual(experiment.datasets[0]?.path, ['/nowhere/data/D0.jsonl']);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('compares the selected runs in one explorer', async () => {
    const one = await runOf(await addDoneRun(runsDir(), 'one', '2020-02-04T00:00:00.000Z'));
    const two = await runOf(await addDoneRun(runsDir(), 'two', '2020-02-05T00:00:00.000Z'));
    await command('compareRuns', one, [one, two]);
    await command('compareRuns', two, [one, two]);
    await until('a panel', () => explorerTabs().length > 0 || undefined);
    assert.deepEqual(explorerTabs(), ['Overlap Explorer: 2 runs compared']);
  });

  it('deletes no folder that is not a run of the workspace, and no run that goes on', async () => {
    // Without a question: the command would wait for its answer.
    const folder = workspaceFile('.safety-region').fsPath;
    assert.equal(await command('deleteRun', { path: folder }), undefined);
    assert.ok(existsSync(folder));
    const runDir = await addInterruptedRun(runsDir(), 'going on', '2020-02-06T00:00:00.000Z');
    // Another process that lives: the one that started this one.
    const owner = { pid: process.ppid, startTime: null, token: 'other' };
    writeFileSync(path.join(runDir, 'lock'), JSON.stringify(owner));
    assert.equal(await command('deleteRun', await runOf(runDir)), undefined);
    assert.ok(existsSync(path.join(runDir, 'run.json')));
    rmSync(path.join(runDir, 'lock'));
  });
});
