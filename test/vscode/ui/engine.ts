/** The engine's life as a user sees it: a window that is loaded again, a process that dies, a run that is stopped. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { writeLongExperiment } from '../../engine/longExperiment';
import { startDetachedEngine } from '../../../src/store/detachedEngine';
import { processStartTime } from '../../../src/store/runLock';
import { inRoot } from '../harness/root';
import { eventually } from '../harness/eventually';
import { enginePid, whileHalted } from '../harness/runningEngine';
import {
  notification,
  openFile,
  openRunsView,
  openWorkbench,
  reloadWindow,
  runCommand,
  treeItem,
  webview,
} from '../harness/workbench';
import { withWorkspace, type Workspace } from '../harness/workspace';
import type { UiTest } from './index';

const LONG_MS = 30_000;
/** Some seconds of work; more on a machine with other work. */
const RUN_MS = 180_000;
/** Never waited for. */
const CANCELLED_ROWS = 4_000;

/** Starts an experiment that takes long. @returns the engine's process id, once the run is seen to go on */
async function startRun(page: Page, workspace: Workspace, rows: number): Promise<number> {
  writeLongExperiment(workspace.dir, rows);
  await openRunsView(page);
  await openFile(page, 'long.safety-region.json');
  await runCommand(page, 'Identify Safety Region');
  await treeItem(page, /^long, running/).waitFor({ timeout: LONG_MS });
  return enginePid(workspace);
}

/** The run has nearly all of its work before it when the new window begins to start. */
const reloadDuringRun = (page: Page, workspace: Workspace): Promise<void> =>
  whileHalted(workspace, () => reloadWindow(page));

function writeSettings(workspace: Workspace, settings: Readonly<Record<string, unknown>>): void {
  const file = path.join(workspace.dir, '.vscode', 'settings.json');
  mkdirSync(path.dirname(file));
  writeFileSync(file, JSON.stringify(settings));
}

/** @returns a program that runs Node.js on a machine with 1 MiB of free memory, as far as that can tell */
function nodeWithLittleMemory({ dir }: Workspace): string {
  const before = path.join(dir, 'littleMemory.cjs');
  writeFileSync(before, 'process.availableMemory = () => 2 ** 20;');
  const program = path.join(dir, 'node.sh');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' --require '${before}' "$@"\n`, {
    mode: 0o755,
  });
  return program;
}

export const engineTests: readonly UiTest[] = [
  {
    name: 'a window that is loaded again goes on with its run: progress, then cancel',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        const pid = await startRun(page, workspace, CANCELLED_ROWS);
        await reloadDuringRun(page, workspace);
        const toast = notification(page, 'Identifying long');
        await toast.getByText(/layer \d of 4/).waitFor({ timeout: LONG_MS });
        assert.equal(await enginePid(workspace), pid);
        await toast.getByRole('button', { name: 'Cancel' }).click();
        await treeItem(page, /^long, interrupted/).waitFor({ timeout: LONG_MS });
        await notification(page, 'can be resumed').waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'the end of a run is told and shown in the window that was loaded again',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await startRun(page, workspace, 1200);
        await reloadDuringRun(page, workspace);
        await webview(page).getByRole('heading', { name: 'long' }).waitFor({ timeout: RUN_MS });
        await treeItem(page, /^long, done/).waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'a run whose window does not come back is gone on with by one that is open',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        const experimentPath = writeLongExperiment(workspace.dir, CANCELLED_ROWS);
        const engine = await startDetachedEngine({ enginePath: inRoot('dist/engine.js') }, RUN_MS);
        engine.client.call('identify', { experimentPath }).catch(() => undefined);
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await treeItem(page, /^long, running/).waitFor({ timeout: LONG_MS });
        engine.detach();
        const toast = notification(page, 'Identifying long');
        await toast.getByText(/layer \d of 4/).waitFor({ timeout: 2 * LONG_MS });
        assert.equal(await enginePid(workspace), engine.pid);
        await toast.getByRole('button', { name: 'Cancel' }).click();
        await treeItem(page, /^long, interrupted/).waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'a run whose window came back too late has stopped, which is told with a way on; its engine is gone',
    shownError: /^The run long has stopped before its end/,
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        writeSettings(workspace, { 'safetyRegions.engine.leaseMinutes': 0 });
        await openWorkbench(page, host, workspace.dir);
        const pid = await startRun(page, workspace, CANCELLED_ROWS);
        await reloadWindow(page);
        const toast = notification(page, 'The run long has stopped before its end.');
        await toast.getByRole('button', { name: 'Resume' }).waitFor({ timeout: 2 * LONG_MS });
        await treeItem(page, /^long, interrupted/).waitFor({ timeout: LONG_MS });
        // Unknown, or a zombie where nobody reaps it.
        await eventually(async () => assert.ok([null, 'ended'].includes(await processStartTime(pid))));
      }),
  },
  {
    name: 'a killed engine is told with its log and a way on, and Resume finishes the run',
    shownError: /^The engine ended: signal SIGKILL/,
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        process.kill(await startRun(page, workspace, 600), 'SIGKILL');
        const toast = notification(page, 'The engine ended: signal SIGKILL');
        await toast.getByRole('button', { name: 'Show Log' }).waitFor({ timeout: LONG_MS });
        await treeItem(page, /^long, interrupted/).waitFor({ timeout: LONG_MS });
        await toast.getByRole('button', { name: 'Resume' }).click();
        await treeItem(page, /^long, done/).waitFor({ timeout: RUN_MS });
        await webview(page).getByRole('heading', { name: 'long' }).waitFor({ timeout: LONG_MS });
        assert.equal(readdirSync(workspace.runsDir).length, 1);
      }),
  },
  {
    name: 'a run is cancelled from the status bar, and goes on when resumed',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await startRun(page, workspace, 600);
        await page
          .getByRole('button', { name: /^Safety regions: .*layer \d of 4/ })
          .click({ timeout: LONG_MS });
        await page.getByRole('option', { name: 'Cancel Run' }).click({ timeout: LONG_MS });
        await treeItem(page, /^long, interrupted/).waitFor({ timeout: LONG_MS });
        await runCommand(page, 'Resume Run');
        await page.getByRole('option', { name: /^long/ }).click({ timeout: LONG_MS });
        await webview(page).getByRole('heading', { name: 'long' }).waitFor({ timeout: RUN_MS });
        await treeItem(page, /^long, done/).waitFor({ timeout: LONG_MS });
        // The engine waits for its next use, and ends when told to.
        const idle = page.getByRole('button', { name: 'Safety regions: Engine idle' });
        await idle.click({ timeout: LONG_MS });
        await page.getByRole('option', { name: 'Stop Engine' }).click({ timeout: LONG_MS });
        await idle.waitFor({ state: 'detached', timeout: LONG_MS });
      }),
  },
  {
    name: 'the provider is chosen from the status bar, with what was found of each when all were tried again',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        writeLongExperiment(workspace.dir, 2);
        await openWorkbench(page, host, workspace.dir);
        await openFile(page, 'long.safety-region.json');
        const button = (chosen: string) =>
          page.getByRole('button', { name: `Runs compute on: ${chosen}. Choose another.` });
        await button('As the experiment file says').click({ timeout: LONG_MS });
        await page.getByRole('option', { name: /Try all again/ }).click({ timeout: LONG_MS });
        const cpu = page.getByRole('option', { name: /CPU.*Works: ran a block forward and backward/ });
        await cpu.waitFor({ timeout: RUN_MS });
        for (const name of [/Automatic.*here (CPU|WebGPU|CUDA)/, /CUDA.*(Works|Passed over): /]) {
          await page.getByRole('option', { name }).waitFor({ timeout: LONG_MS });
        }
        await page.getByRole('option', { name: /Core ML.*never run by us/ }).waitFor({ timeout: LONG_MS });
        await cpu.click();
        await button('CPU').waitFor({ timeout: LONG_MS });
        // The same for all windows of this user: not for the tests that come.
        await button('CPU').click();
        await page.getByRole('option', { name: /As the experiment file says/ }).click({ timeout: LONG_MS });
        await button('As the experiment file says').waitFor({ timeout: LONG_MS });
      }),
  },
  {
    name: 'a run that needs more memory than is free starts only after a yes, and a no is no error',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        writeLongExperiment(workspace.dir, 2);
        writeSettings(workspace, { 'safetyRegions.engine.nodePath': nodeWithLittleMemory(workspace) });
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await openFile(page, 'long.safety-region.json');
        const answer = async (text: string): Promise<void> => {
          await runCommand(page, 'Identify Safety Region');
          const dialog = page.locator('.monaco-dialog-box');
          await dialog.getByText(/of memory and 1 MiB are free/).waitFor({ timeout: LONG_MS });
          await dialog.getByText('Close other programs').waitFor();
          await dialog.getByRole('button', { name: text }).click();
        };
        await answer('Cancel');
        await page.getByRole('button', { name: 'Safety regions: Engine idle' }).waitFor({ timeout: LONG_MS });
        await eventually(async () => assert.equal(await page.locator('.notification-toast').count(), 0));
        assert.deepEqual(existsSync(workspace.runsDir) ? readdirSync(workspace.runsDir) : [], []);
        await answer('Run Anyway');
        await treeItem(page, /^long, done/).waitFor({ timeout: RUN_MS });
      }),
  },
  {
    name: 'a wrong program for the engine is named, with its setting one click away',
    shownError: /^\/nowhere\/node did not start the engine/,
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        writeLongExperiment(workspace.dir, 2);
        writeSettings(workspace, { 'safetyRegions.engine.nodePath': '/nowhere/node' });
        await openWorkbench(page, host, workspace.dir);
        await openFile(page, 'long.safety-region.json');
        await runCommand(page, 'Identify Safety Region');
        const toast = notification(page, '/nowhere/node did not start the engine');
        await toast.getByText('safetyRegions.engine.nodePath').waitFor({ timeout: LONG_MS });
        await toast.getByRole('button', { name: 'Open Setting' }).click();
        await page.getByText('Node.js (20 or newer) that runs the engine').waitFor({ timeout: LONG_MS });
      }),
  },
];
