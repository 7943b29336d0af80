import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { watchRun } from '../../../../src/host/explorer/watchRun';
import { liveView } from '../../../../src/host/explorer/liveView';
import { liveRun } from '../../../../src/protocol/explorer/liveRun';
import type { LiveRun } from '../../../../src/store/liveRun';
import { startedRun, SUMMARY, temporaryFolder } from '../../store/testRuns';

const l10n = { t: (message: string, ...args: unknown[]) => message.replace('{0}', String(args[0])) };

describe('watching a run', async () => {
  const root = await temporaryFolder();

  it('sees what it says and writes until it is done', async () => {
    const run = await startedRun(root);
    await mkdir(run.file('work'));
    const looks: LiveRun[] = [];
    await watchRun(run.path, new AbortController().signal, async (live) => {
      looks.push(live);
      if (looks.length === 1) {
        const progress = { phase: 'forward', layer: 2, layers: 4, batch: 0, batches: 1 };
        const rest = { fraction: 0.25, secondsLeft: 90, message: 'forward,\nlayer 3 of 4' };
        await writeFile(run.file('work', 'progress.json'), JSON.stringify({ ...progress, ...rest }));
      } else {
        await run.finish(SUMMARY);
      }
    });
    expect(looks.map(({ progress }) => progress?.layer ?? null)).toEqual([null, 2]);
    expect(looks[1]?.finished).toEqual(['snip']);
    const [first, last] = looks.map((look, place) => liveView(look, place === 1, l10n));
    expect(first).toMatchObject({ isOurs: false, progress: null });
    expect(last).toMatchObject({
      isOurs: true,
      progress: { layer: 2, fraction: 0.25, timeLeft: '2 min left', message: 'forward, layer 3 of 4' },
      written: [
        { dataset: 'D0', samples: true, regions: ['snip'] },
        { dataset: 'D1', samples: false },
        { dataset: 'Du' },
      ],
    });
    expect(liveRun.parse(last)).toEqual(last);
  });

  it('ends with a run that lost its process, and with the panel that asked', async () => {
    const run = await startedRun(root);
    let looks = 0;
    await watchRun(run.path, new AbortController().signal, async () => {
      looks++;
      await (
        await run.acquireLock()
      )();
    });
    expect(looks).toBe(1);
    const other = await startedRun(root);
    const closed = new AbortController();
    const watching = watchRun(other.path, closed.signal, () => {
      closed.abort();
      return Promise.resolve();
    });
    await expect(watching).rejects.toMatchObject({ name: 'AbortError' });
  });
});
