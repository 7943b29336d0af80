/** The UI suite: what a user sees and does, in a browser window of a real VS Code. */
import { mkdirSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { openPage, type WatchedPage } from '../harness/browser';
import { startHost, type Host } from '../harness/host';
import { inRoot, root } from '../harness/root';
import { develop } from '../harness/workbench';
import type { TestResult } from '../run';
import { accessibilityTests } from './accessibility';
import { engineTests } from './engine';
import { experimentFileTests } from './experimentFile';
import { explorerTests } from './explorer';
import { explorerThemeTests } from './explorerThemes';
import { firstStepsTests } from './firstSteps';
import { guidedPickTests } from './guidedPick';
import { identifyTests } from './identify';
import { liveRunTests } from './liveRun';
import { recorderTests } from './recorder';
import { masksTests } from './masks';
import { measuredTests } from './measured';
import { runsTests } from './runs';
import { setupTests } from './setup';
import { stageTests } from './stages';
import { trustTests } from './trust';

export interface UiContext extends WatchedPage {
  readonly host: Host;
}

export interface UiTest {
  readonly name: string;
  /** Runs in a host of its own, in Restricted Mode until trusted. */
  readonly isTrustAsked?: boolean;
  /** One of the few that stand for all where the extension is an installed package. */
  readonly isSmoke?: boolean;
  /** The message of an error that the test brings about: VS Code writes what it shows on the console too. */
  readonly shownError?: RegExp;
  readonly run: (context: UiContext) => Promise<void>;
}

export async function runUi(
  browser: Browser,
  filter: string | undefined,
  report: (result: TestResult) => void,
  /** An installed package instead of the extension's source. */
  vsix?: string,
): Promise<void> {
  const tests = [
    ...recorderTests,
    ...explorerTests,
    ...explorerThemeTests,
    ...masksTests,
    ...identifyTests,
    ...guidedPickTests,
    ...trustTests,
    ...firstStepsTests,
    ...accessibilityTests,
    ...runsTests,
    ...liveRunTests,
    ...stageTests,
    ...measuredTests,
    ...experimentFileTests,
    ...engineTests,
    ...setupTests,
  ].filter(({ name, isSmoke }) =>
    filter === undefined ? vsix === undefined || isSmoke : name.includes(filter),
  );
  for (const isTrustAsked of [false, true]) {
    const group = tests.filter((test) => (test.isTrustAsked ?? false) === isTrustAsked);
    if (group.length === 0) continue;
    const host = await startHost({ isTrustAsked, ...(vsix === undefined ? {} : { vsix: [vsix] }) });
    try {
      for (const test of group) report(await runOne(browser, host, test, vsix === undefined ? [root] : []));
    } finally {
      await host.stop();
    }
  }
}

/** A fresh page a test; whatever a test is about, nothing may fail in our page or reach out of this machine. */
async function runOne(
  browser: Browser,
  host: Host,
  { name, shownError, run }: UiTest,
  extensions: string[],
): Promise<TestResult> {
  const start = performance.now();
  const watched = await openPage(browser);
  try {
    if (extensions.length > 0) await develop(watched.page, { extensions });
    await run({ ...watched, host });
    const faults = watched.faults.filter((fault) => shownError?.test(fault) !== true);
    if (faults.length > 0) throw new Error(`Faults in the page:\n${faults.join('\n')}`);
    if (watched.external.size > 0) throw new Error(`External requests:\n${[...watched.external].join('\n')}`);
    return { name, ms: performance.now() - start, error: null };
  } catch (error) {
    const picture = inRoot('test/.cache/vscode', `failed-${name.replace(/\W+/g, '-')}.png`);
    mkdirSync(inRoot('test/.cache/vscode'), { recursive: true });
    await watched.page.screenshot({ path: picture }).catch(() => undefined);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { name, ms: performance.now() - start, error: `${text}\nPicture: ${picture}` };
  } finally {
    await watched.page.context().close();
  }
}
