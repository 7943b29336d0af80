import { describe, expect, it } from 'vitest';
import { LatestRuns, type RunSource } from '../../../../src/host/experimentFile/latestRuns';
import { lensRuns } from '../../../../src/host/experimentFile/lensRuns';
import type { RunOverview } from '../../../../src/store/runList';

const FILE = '/w/x.safety-region.json';

const run = (
  dir: string,
  state: RunOverview['state'],
  experimentFile: string | null = FILE,
): RunOverview => ({
  path: dir,
  name: 'x',
  stamp: '',
  state,
  model: null,
  methods: [],
  datasets: [],
  createdAt: null,
  experimentFile,
  problem: null,
});

/** A catalog of these runs that counts what is opened. */
function catalogOf(runs: RunOverview[]) {
  const counts = { opened: 0 };
  const source: RunSource = {
    seen: () => Promise.resolve({ entries: runs }),
    index: () =>
      Promise.resolve({
        overview: (runDir) => {
          counts.opened++;
          return Promise.resolve(runs.find(({ path }) => path === runDir) ?? null);
        },
      }),
  };
  return { latest: new LatestRuns(source), counts };
}

const paths = async (runs: RunOverview[]): Promise<(string | undefined)[]> => {
  const { interrupted, done, running } = await lensRuns(catalogOf(runs).latest.newestFirst(), FILE);
  return [interrupted?.path, done?.path, running?.path];
};

describe('the runs that lenses lead to', () => {
  it('are the newest of each state, of this experiment', async () => {
    const runs = [
      run('/r/6', 'done', '/w/other.safety-region.json'),
      run('/r/5', 'broken', null),
      run('/r/4', 'interrupted'),
      run('/r/3', 'interrupted'),
      run('/r/2', 'done'),
      run('/r/1', 'done'),
    ];
    expect(await paths(runs)).toEqual(['/r/4', '/r/2', undefined]);
    expect(await paths([])).toEqual([undefined, undefined, undefined]);
    expect(await paths([run('/r/1', 'running')])).toEqual([undefined, undefined, '/r/1']);
  });

  it('are none that a finished run has come after', async () => {
    expect(await paths([run('/r/2', 'done'), run('/r/1', 'interrupted')])).toEqual([
      undefined,
      '/r/2',
      undefined,
    ]);
  });

  it('are those beside a copied experiment too', async () => {
    const beside = '/w/.safety-region/runs/1';
    expect(await paths([run(beside, 'done', 'C:\\old\\x.safety-region.json')])).toContain(beside);
    expect(await paths([run(beside, 'done', '/old/y.safety-region.json')])).not.toContain(beside);
    expect(await paths([run('/elsewhere/1', 'done', '/old/x.safety-region.json')])).not.toContain(
      '/elsewhere/1',
    );
  });
});

describe('the newest runs', () => {
  it('are opened only until one is found', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => run(`/r/${i}`, i === 3 ? 'done' : 'broken'));
    const { latest, counts } = catalogOf(many);
    await lensRuns(latest.newestFirst(), FILE);
    expect(counts.opened).toBe(4);
  });

  it('are not looked for without end', async () => {
    const { latest, counts } = catalogOf(
      Array.from({ length: 1000 }, (_, i) => run(`/r/${i}`, 'broken', null)),
    );
    await lensRuns(latest.newestFirst(), FILE);
    expect(counts.opened).toBe(200);
  });
});
