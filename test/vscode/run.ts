/**
 * Every test that needs a real VS Code: the suite in the extension host, then the suite that drives the workbench.
 * A line a test, then `N passed, N failed`; the exit status says the same. `--only=inHost|ui`, `--grep=TEXT`.
 * `--vsix=FILE`, once or more: instead, what the packages hold, and the UI tests that stand for all (or those of `--grep`)
 * on the installed one of this platform.
 */
import { runBundleTests } from './bundle';
import { launchChromium } from './harness/browser';
import { runInHost } from './harness/inHostRun';
import { runPackageTests } from './packageFiles';
import { runUi } from './ui/index';

export interface TestResult {
  readonly name: string;
  readonly ms: number;
  readonly error: string | null;
}

const options = (name: string): string[] =>
  process.argv.flatMap((argument) =>
    argument.startsWith(`--${name}=`) ? [argument.slice(name.length + 3)] : [],
  );
const option = (name: string): string | undefined => options(name)[0];

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
  const packages = options('vsix');
  const here = packages.find((file) => file.endsWith(`-${process.platform}-${process.arch}.vsix`));
  for (const file of packages) for (const result of runPackageTests(file)) report('package', result);
  if (only === undefined && packages.length === 0)
    for (const result of runBundleTests()) report('bundle', result);
  if (packages.length > 0 && here === undefined) return summary(counts);
  const browser = await launchChromium(process.env.CHROMIUM ?? '/usr/bin/chromium');
  try {
    if (only !== 'ui' && here === undefined)
      for (const result of await runInHost(browser)) report('in host', result);
    if (only !== 'inHost') {
      const suite = here === undefined ? 'ui' : 'ui, package';
      await runUi(browser, option('grep'), (result) => report(suite, result), here);
    }
  } catch (error) {
    report('harness', {
      name: 'runs',
      ms: 0,
      error: error instanceof Error ? (error.stack ?? '') : String(error),
    });
  } finally {
    await browser.close();
  }
  return summary(counts);
}

function summary({ passed, failed }: { readonly passed: number; readonly failed: number }): number {
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

void main().then((status) => process.exit(status));
