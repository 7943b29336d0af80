import { expect, it } from 'vitest';
import { judge } from '../../../src/cli/commands/judge';
import type { CliIo } from '../../../src/cli/io';
import { readConsent } from '../../../src/cli/judgeConsent';
import { openJudge } from '../../../src/store/judging/openJudge';
import { finishedRun, temporaryFolder } from '../store/testRuns';

const URL_WITH_PASSWORD = 'https://user:secret@example.org/v1?key=secret';

it('a URL that may not be used is not repeated: it may hold a password', async () => {
  const run = await finishedRun(await temporaryFolder());
  const args = [run.path, '--judge', URL_WITH_PASSWORD, '--model', 'm'];
  const refusals: unknown[] = [];
  const keep = (error: unknown): void => void refusals.push(error);
  await judge.run(args, { cwd: '/' } as CliIo).catch(keep);
  for (const refused of [
    () => readConsent({ 'allow-judge-endpoint': URL_WITH_PASSWORD }, [], {}),
    () =>
      openJudge({ endpoint: URL_WITH_PASSWORD, model: 'm', keyVariable: 'K', requestsPerMinute: 1 }, null),
  ]) {
    try {
      refused();
    } catch (error) {
      keep(error);
    }
  }
  expect(refusals).toHaveLength(3);
  for (const error of refusals) {
    expect(error).toMatchObject({ kind: 'usage' });
    expect(String(error) + JSON.stringify(error)).not.toContain('secret');
  }
});
