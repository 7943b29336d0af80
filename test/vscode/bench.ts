/**
 * `npm run bench -- ui [ROUNDS]`: what a user waits for, in a real VS Code, beside the aims. Times are medians of rounds, from
 * the click on, and so have the workbench's own work in them.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, openPage } from './harness/browser';
import { addDoneRun } from './harness/cannedRun';
import { startHost, type Host } from './harness/host';
import { inRoot, root } from './harness/root';
import {
  develop,
  openRunsView,
  openWorkbench,
  reloadWindow,
  runCommand,
  treeItem,
  webview,
} from './harness/workbench';
import { emptyWorkspace, type Workspace } from './harness/workspace';

const RUNS = 1_000;
const LONG_MS = 60_000;

interface Measure {
  readonly what: string;
  readonly aimMs: number;
  readonly times: readonly number[];
}

/** One with regions, the others with what the view reads of a run: run.json and summary.json. @returns its name */
async function addRuns({ runsDir }: Workspace): Promise<string> {
  const first = await addDoneRun(runsDir, 'newest', '2026-03-02T10:00:00.000Z');
  const manifest = readFileSync(path.join(first, 'run.json'), 'utf8');
  for (let i = 1; i < RUNS; i++) {
    const name = `older-${i % 40}`;
    const created = new Date(Date.UTC(2026, 0, 1) + i * 60_000);
    const stamp = created
      .toISOString()
      .replace(/\.\d+Z/, '')
      .replaceAll(/[-:]/g, '')
      .replace('T', '-');
    const folder = path.join(runsDir, `${stamp}-${name}-${i.toString(16).padStart(6, '0')}`);
    mkdirSync(folder);
    cpSync(path.join(first, 'summary.json'), path.join(folder, 'summary.json'));
    const own = manifest
      .replaceAll('"newest"', `"${name}"`)
      .replace('2026-03-02T10:00:00.000Z', created.toISOString());
    writeFileSync(path.join(folder, 'run.json'), own);
  }
  return 'newest';
}

const timed = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** As VS Code's own list of running extensions has it: loading and calling `activate`. */
async function activation(page: Page): Promise<number> {
  await runCommand(page, 'Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .extension', { hasText: /safety.region.explorer/i });
  // The list holds only what is seen of it, and the fast ones come last.
  const size = page.viewportSize() ?? { width: 1360, height: 900 };
  await page.setViewportSize({ ...size, height: 4_000 });
  // Says that the extension is being activated until it is.
  const time = row.locator('.activation-time').filter({ hasText: /\d\s*ms/ });
  const text = await time.textContent({ timeout: LONG_MS });
  await page.setViewportSize(size);
  return Number(/(\d+)\s*ms/.exec(text ?? '')?.[1]);
}

/** The grid alone, on a page of its own: a frame of the workbench would bring its own work into it. */
async function heatmapRedraws(browser: Browser, rounds: number): Promise<number[]> {
  const { page } = await openPage(browser);
  try {
    await page.setContent('<body class="vscode-dark"></body>');
    await page.addScriptTag({ path: inRoot('test/.cache/vscode/heatmapPage.js') });
    return await page.evaluate<number[]>(`redraws(${10 * rounds})`);
  } finally {
    await page.context().close();
  }
}

async function measure(browser: Browser, host: Host, rounds: number): Promise<Measure[]> {
  const workspace = emptyWorkspace();
  const { page } = await openPage(browser);
  const times = { activation: [] as number[], tree: [] as number[], explorer: [] as number[] };
  try {
    const name = await addRuns(workspace);
    await develop(page, { extensions: [root] });
    await openWorkbench(page, host, workspace.dir);
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await reloadWindow(page);
      // The extension has started: the folder has runs.
      times.activation.push(await activation(page));
      await runCommand(page, 'View: Show Explorer');
      const run = treeItem(page, new RegExp(`^${name}, done`));
      times.tree.push(
        await timed(async () => {
          await openRunsView(page);
          await run.waitFor({ timeout: LONG_MS });
        }),
      );
      times.explorer.push(
        await timed(async () => {
          await run.click();
          await webview(page).getByRole('grid').first().waitFor({ timeout: LONG_MS });
        }),
      );
      await runCommand(page, 'View: Close All Editors');
      await runCommand(page, 'View: Show Explorer');
    }
  } finally {
    await page.context().close();
    workspace.remove();
  }
  return [
    { what: 'activation', aimMs: 50, times: times.activation },
    { what: `tree of ${RUNS.toLocaleString('en')} runs`, aimMs: 300, times: times.tree },
    { what: 'first paint of the explorer', aimMs: 500, times: times.explorer },
    { what: 'redraw of a heatmap of 80 x 64', aimMs: 16, times: await heatmapRedraws(browser, rounds) },
  ];
}

async function main(): Promise<void> {
  const rounds = Number(process.argv[2] ?? 5);
  const browser = await launchChromium(process.env.CHROMIUM ?? '/usr/bin/chromium');
  const host = await startHost();
  try {
    for (const { what, aimMs, times } of await measure(browser, host, rounds)) {
      const sorted = times.toSorted((a, b) => a - b);
      const median = sorted[sorted.length >> 1] ?? Number.NaN;
      const all = sorted.map((time) => time.toFixed(0)).join(', ');
      console.log(
        `${what}: ${median.toFixed(1)} ms (aim ${aimMs} ms, ${(median / aimMs).toFixed(2)} of it; ${all})`,
      );
    }
  } finally {
    await browser.close();
    await host.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
