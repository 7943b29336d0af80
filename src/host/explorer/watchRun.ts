/** Looks at a run that goes on, in whatever process, until it has ended. */
import { setTimeout as wait } from 'node:timers/promises';
import { readLiveRun, type LiveRun } from '../../store/liveRun';
import { openRun, runStateOf } from '../../store/runDirectory';

const LOOK_MS = 500;

/**
 * @param onLook is called for every look; the next one waits for it
 * @returns once it does not run any more
 * @throws the codes of `openRun`; the signal's reason once it is aborted
 */
export async function watchRun(
  runDir: string,
  signal: AbortSignal,
  onLook: (live: LiveRun) => Promise<void>,
): Promise<void> {
  const run = await openRun(runDir);
  while ((await runStateOf(runDir)) === 'running') {
    await onLook(await readLiveRun(run));
    await wait(LOOK_MS, undefined, { signal });
  }
}
