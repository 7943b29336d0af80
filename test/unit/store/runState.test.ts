import { writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { openRun } from '../../../src/store/runDirectory';
import { liveLockOwner } from '../../../src/store/runLock';
import { startedRun, temporaryFolder } from './testRuns';

vi.mock(import('../../../src/store/runLock'), async (original) => ({
  ...(await original()),
  liveLockOwner: vi.fn<typeof liveLockOwner>(),
}));

it('a run that ends while it is looked at is done, not interrupted', async () => {
  const run = await openRun((await startedRun(await temporaryFolder())).path);
  vi.mocked(liveLockOwner).mockImplementation(async (file) => {
    await writeFile(file.replace(/lock$/, 'summary.json'), '{}');
    return null;
  });
  expect(await run.state()).toBe('done');
  expect(liveLockOwner).toHaveBeenCalledOnce();
  // Of a finished run, no lock is looked at.
  expect(await run.state()).toBe('done');
  expect(liveLockOwner).toHaveBeenCalledOnce();
});
