/** Runs the in-host suite in code-server's extension host. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import type { InHostResults } from '../inHost/results';
import { openPage } from './browser';
import { startHost } from './host';
import { inRoot, root } from './root';
import { develop, openWorkbench } from './workbench';
import { sampleWorkspace } from './workspace';

const TIMEOUT_MS = 300_000;

export async function runInHost(browser: Browser): Promise<InHostResults['tests']> {
  const workspace = sampleWorkspace();
  // Outside the workspace's runs, inside its folder: it goes when the workspace goes.
  const results = path.join(workspace.dir, 'results.json');
  const host = await startHost({ env: { SAFETY_REGION_TEST_RESULTS: results } });
  const { page } = await openPage(browser);
  try {
    await develop(page, { extensions: [root], tests: inRoot('test/.cache/vscode/inHost.js') });
    await openWorkbench(page, host, workspace.dir);
    const deadline = Date.now() + TIMEOUT_MS;
    while (!existsSync(results)) {
      if (Date.now() > deadline) throw new Error(`The suite did not end in ${TIMEOUT_MS} ms.\n${host.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return (JSON.parse(readFileSync(results, 'utf8')) as InHostResults).tests;
  } finally {
    await page.context().close();
    await host.stop();
    workspace.remove();
  }
}
