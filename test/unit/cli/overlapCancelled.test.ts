import { expect, it } from 'vitest';
import { overlap } from '../../../src/cli/commands/overlap';
import type { CliIo } from '../../../src/cli/io';
import { finishedRun, temporaryFolder } from '../store/testRuns';

it('an interrupted comparison says what to do next, which is not to resume a run', async () => {
  const run = await finishedRun(await temporaryFolder());
  const io = {
    cwd: '/',
    onInterrupt(listener: () => void) {
      listener();
      return () => undefined;
    },
  } as unknown as CliIo;
  await expect(overlap.run([run.path], io)).rejects.toMatchObject({
    kind: 'cancelled',
    mend: expect.not.stringContaining('--resume') as string,
  });
});
