import { describe, expect, it } from 'vitest';

import { openRun } from '../../src/store/runDirectory';
import { SAMPLE, identify, regionHashes, startRun, withTemporaryFolder } from './engineRuns';

/** Ten a run of the suite; `KILLS=50` in the long campaign. The seed changes nothing but the moments. */
const KILLS = Number(process.env.KILLS ?? 10);
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 100_000);

function* moments(seed: number): Generator<number, never> {
  for (let state = seed >>> 0; ;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe(`a killed run goes on (seed ${SEED})`, () => {
  it(`gives the same bytes after kill -9 at ${KILLS} random moments`, { timeout: 600_000 }, async () => {
    await withTemporaryFolder(async (folder) => {
      let reports = 0;
      const whole = startRun({ experimentPath: SAMPLE, outDir: folder }, () => reports++);
      const expected = await regionHashes((await whole.result).runDir);
      await whole.engine.stop();
      expect(Object.keys(expected).length).toBeGreaterThan(0);

      const random = moments(SEED);
      let interrupted = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        // Two kills in one run, the second while it is being resumed.
        let runDir: string | undefined;
        for (let attempt = 0; attempt < 2; attempt++) {
          const at = Math.floor(random.next().value * reports * (attempt === 0 ? 1 : 0.5));
          const delayMs = random.next().value * 40;
          let seen = 0;
          const run = startRun(
            runDir === undefined ? { experimentPath: SAMPLE, outDir: folder } : { resumeDir: runDir },
            (_, engine) => {
              if (seen++ === at && engine.pid !== undefined) {
                const { pid } = engine;
                setTimeout(() => {
                  try {
                    process.kill(pid, 'SIGKILL');
                  } catch {
                    // It has ended in the meantime.
                  }
                }, delayMs);
              }
            },
          );
          const ended = await run.result.then(
            () => 'done',
            () => 'killed',
          );
          runDir = run.runDir() ?? runDir;
          await run.engine.stop();
          if (ended === 'killed') interrupted++;
          if (runDir === undefined) throw new Error('The run never named its folder.');
          const state = await (await openRun(runDir)).state();
          expect(ended === 'done' ? ['done'] : ['interrupted', 'done']).toContain(state);
        }
        const resumed = await identify({ resumeDir: runDir });
        expect(await regionHashes(resumed)).toEqual(expected);
        await (await openRun(resumed)).verify();
      }
      // Without kills that hit, the test would show nothing.
      expect(interrupted).toBeGreaterThan(KILLS / 2);
    });
  });
});
