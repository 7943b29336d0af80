/** Entry point that the extension host calls: runs the mocha suite and leaves its results in a file. */
import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';
import type { InHostResults } from './results';

export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, reporter: 'min' });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  // Files register their suites when loaded, with the globals that are there only from now on.
  await import('./extension.test');
  await import('./experimentFile.test');
  await import('./identify.test');
  await import('./runs.test');
  const results: InHostResults['tests'] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => results.push({ name: test.fullTitle(), ms: test.duration ?? 0, error: null }))
      .on('fail', (test, error: unknown) =>
        results.push({
          name: test.fullTitle(),
          ms: 0,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
      );
  });
  const file = process.env.SAFETY_REGION_TEST_RESULTS;
  if (file !== undefined) writeFileSync(file, JSON.stringify({ tests: results } satisfies InHostResults));
  const failed = results.filter(({ error }) => error !== null);
  // The launchers that know nothing but an exit code learn it from this error.
  if (failed.length > 0) throw new Error(failed.map(({ name, error }) => `${name}\n${error}`).join('\n\n'));
}
