/**
 * `npm run bench -- ui [ROUNDS]`: what a user waits for, in a real VS Code, beside the aims. Times are medians of rounds, from
 * the press of the mouse to the frame that shows what was waited for, and so have the workbench's own work in them.
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
} from './harness/workbench';
import { emptyWorkspace, type Workspace } from './harness/workspace';

const RUNS = 1_000;
const LONG_MS = 60_000;

interface Measure {
  readonly what: string;
  readonly aimMs: number;
  readonly times: readonly number[];
}

/** One with regions, the others with what the view reads of a run: run.json and summary.json. */
async function addRuns({ runsDir }: Workspace): Promise<void> {
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
}

/**
 * Runs in every frame and tells by the clock of the page: a test's own looking comes up to 100 ms late. A row of the tree is in
 * the frame of the workbench, a grid in that of a webview. The second frame begins when the first is on the screen.
 */
const WATCH = `(() => {
  const tell = (what, time) => void seenInPage(what, performance.timeOrigin + time);
  const isTop = window === window.top;
  if (isTop) addEventListener('mousedown', (event) => tell('press', event.timeStamp), true);
  const [what, selector] = isTop
    ? ['tree', '.pane-body [role="treeitem"][aria-label^="newest, done"]']
    : ['explorer', '[role="grid"]'];
  let isThere = false;
  const observer = new MutationObserver(() => {
    const was = isThere;
    isThere = document.querySelector(selector) !== null;
    if (!isThere || was) return;
    requestAnimationFrame(() => requestAnimationFrame(() => tell(what, performance.now())));
  });
  // A webview's frame begins as an empty page, and this goes on when another document takes its place.
  let observed;
  const observe = () => {
    if (observed === document) return;
    observed = document;
    observer.observe(document, { childList: true, subtree: true, attributeFilter: ['role', 'aria-label'] });
  };
  observe();
  if (!isTop) setInterval(observe, 10);
})()`;

/** What the frames of a page tell, in ms since 1970. */
class Seen {
  readonly #times = new Map<string, number>();

  static async of(page: Page): Promise<Seen> {
    const seen = new Seen();
    await page.exposeBinding('seenInPage', (_, what: string, time: number) => {
      // The first of several, as when a view draws its grid anew.
      if (what === 'press') seen.#times.clear();
      if (!seen.#times.has(what)) seen.#times.set(what, time);
    });
    await page.addInitScript({ content: WATCH });
    return seen;
  }

  /** @returns ms from the last press of the mouse on */
  async since(page: Page, what: string): Promise<number> {
    const deadline = performance.now() + LONG_MS;
    for (;;) {
      const [press, there] = [this.#times.get('press'), this.#times.get(what)];
      if (press !== undefined && there !== undefined) return there - press;
      if (performance.now() > deadline) throw new Error(`no ${what} in ${LONG_MS} ms`);
      await page.waitForTimeout(50);
    }
  }
}

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
    await addRuns(workspace);
    const seen = await Seen.of(page);
    await develop(page, { extensions: [root] });
    await openWorkbench(page, host, workspace.dir);
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await reloadWindow(page);
      // The extension has started: the folder has runs.
      times.activation.push(await activation(page));
      await runCommand(page, 'View: Show Explorer');
      await openRunsView(page);
      times.tree.push(await seen.since(page, 'tree'));
      await treeItem(page, /^newest, done/).click();
      times.explorer.push(await seen.since(page, 'explorer'));
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
