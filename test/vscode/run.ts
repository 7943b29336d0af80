/**
 * Every test that needs a real VS Code: the suite in the extension host, then the suite that drives the workbench.
 * A line a test, then `N passed, N failed`; the exit status says the same. `--only=inHost|ui`, `--grep=TEXT`,
 * `--vsix=FILE` (the UI suite on an installed package).
 */
import { runBundleTests } from './bundle';
import { launchChromium } from './harness/browser';
import { runInHost } from './harness/inHostRun';
import { runUi } from './ui/index';

export interface TestResult {
  readonly name: string;
  readonly ms: number;
  readonly error: string | null;
}

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

async function main(): Promise<number> {
  const only = option('only');
  const counts = { passed: 0, failed: 0 };
  const report = (suite: string, { name, ms, error }: TestResult): void => {
    counts[error === null ? 'passed' : 'failed']++;
    console.log(
      `${error === null ? 'ok    ' : 'FAILED'} ${suite}: ${name}${error === null ? ` (${Math.round(ms)} ms)` : ''}`,
    );
    if (error !== null) console.log(error.replace(/^/gm, '       '));
  };
  if (only === undefined) for (const result of runBundleTests()) report('bundle', result);
  const browser = await launchChromium(process.env.CHROMIUM ?? '/usr/bin/chromium');
  try {
    if (only !== 'ui') for (const result of await runInHost(browser)) report('in host', result);
    if (only !== 'inHost')
      await runUi(browser, option('grep') ?? '', (result) => report('ui', result), option('vsix'));
  } catch (error) {
    report('harness', {
      name: 'runs',
      ms: 0,
      error: error instanceof Error ? (error.stack ?? '') : String(error),
    });
  } finally {
    await browser.close();
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

void main().then((status) => process.exit(status));
