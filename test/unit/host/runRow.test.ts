import { describe, expect, it } from 'vitest';
import { experimentRow, progressLine, runRow } from '../../../src/host/runRow';
import type { RunProgress } from '../../../src/protocol/engine';
import type { RunOverview } from '../../../src/store/runList';
import { plainL10n as l10n } from './plainL10n';

const run = (state: RunOverview['state']): RunOverview => ({
  path: '/w/.safety-region/runs/20260101-000000-a-012345',
  name: 'a',
  stamp: '20260101-000000',
  state,
  model: 'm',
  methods: ['snip', 'wanda'],
  datasets: ['D0'],
  createdAt: '2026-01-01T00:00:00.000Z',
  experimentFile: '/w/a.safety-region.json',
  problem: null,
});
const progress: RunProgress = {
  runDir: null,
  phase: 'backward',
  layer: 11,
  layers: 30,
  batch: 1,
  batches: 2,
  fraction: 0.437,
  secondsLeft: 130,
  message: 'backward, layer 12 of 30',
};
const row = (state: RunOverview['state'], of?: RunProgress, isOurs = false): ReturnType<typeof runRow> =>
  runRow(run(state), { when: 'Jan 1', progress: of, isOurs }, l10n);

describe('a row of the Runs view', () => {
  it('says the state in words and by an icon of its own', () => {
    const states = ['done', 'running', 'interrupted', 'broken'] as const;
    const rows = states.map((state) => row(state));
    expect(new Set(rows.map(({ icon }) => icon.id)).size).toBe(4);
    rows.forEach(({ description, spoken, context }, i) => {
      expect(description).toBe(`${states[i]} \u00b7 snip, wanda`);
      expect(spoken).toBe(`a, ${states[i]}, Jan 1`);
      expect(context).toBe(`run.${states[i]}`);
    });
  });

  it('shows layer, share and time left while the run goes on, and only then', () => {
    const line = '43 % \u00b7 2 min left \u00b7 backward, layer 12 of 30';
    expect(row('running', progress).description).toBe(line);
    expect(row('running', progress).spoken).toBe(`a, running, Jan 1, ${line}`);
    expect(row('done', progress).description).toBe('done \u00b7 snip, wanda');
    expect(row('running', { ...progress, secondsLeft: null }).description).not.toContain('left');
  });

  it('can be cancelled only by the window that computes it, while it does', () => {
    expect(row('running', progress, true).context).toBe('run.ours');
    expect(row('running', progress, false).context).toBe('run.running');
    expect(row('interrupted', progress, true).context).toBe('run.interrupted');
  });

  it('keeps what another program wrote to one line', () => {
    const message = `a\n\u202e\u2028b${'x'.repeat(200)}`;
    expect(progressLine({ ...progress, message }, l10n)).toMatch(
      /^43 % \u00b7 2 min left \u00b7 a bx{97}\u2026$/,
    );
  });

  it('of an experiment counts its runs', () => {
    expect(experimentRow('a', '', 1, 0, l10n)).toMatchObject({
      description: '1 run',
      spoken: 'Experiment a, 1 run',
    });
    expect(experimentRow('a', 'w', 7, 2, l10n)).toMatchObject({
      description: '7 runs \u00b7 2 running \u00b7 w',
      context: 'experiment',
    });
  });
});
