import { describe, expect, it } from 'vitest';
import { runOverview } from '../../../../src/host/explorer/runOverview';
import { parseToWebview } from '../../../../src/protocol/explorer/messages';
import type { Summary } from '../../../../src/core/run/summary';
import { cannedManifest } from '../../../vscode/harness/cannedRun';

const summary: Summary = {
  schemaVersion: 1,
  finishedAt: '2026-01-01T00:00:00.000Z',
  regions: [
    {
      method: 'snip',
      dataset: 'D0',
      role: 'identification',
      unit: 'weight' as const,
      prompts: null,
      settings: {},
      requestedFraction: 0.05,
      scope: 'matrix',
      size: 30,
      universe: 100,
      density: 0.3,
    },
  ],
  losses: {},
  timings: { forward: 100, backward: 30 },
  peakMemoryBytes: null,
  resumed: 0,
  files: {},
  warnings: [],
  defaults: {},
};
const manifest = cannedManifest('canned', '2026-01-01T00:00:00.000Z');
const run = (
  payload: 'weights' | 'neurons' | 'lora' | 'layers',
  id = 'snip',
): ReturnType<typeof runOverview> =>
  runOverview({ dir: '/runs/canned', manifest, summary, methods: [{ id, payload }], hasSimilarity: false });

describe('what the explorer knows of a run at once', () => {
  it('passes the check of the page', () => {
    const message = { type: 'run' as const, run: run('weights'), setup: null, running: null };
    expect(parseToWebview(structuredClone(message))).toEqual(message);
  });

  it.each([
    ['snip', 'SNIP'],
    ['nlsr-gaugefree', 'NLSR (gauge-free)'],
    ['of-a-later-version', 'of-a-later-version'],
  ])('has a title of %s for people: %s', (id, title) => {
    expect(run('weights', id).methods[0]?.title).toBe(title);
  });

  it('has the sizes that the summary says, and null where it does not', () => {
    const [method] = run('weights').methods;
    expect(method?.regions.slice(0, 2)).toEqual([
      { id: 'D0', size: 30, density: 0.3 },
      { id: 'D1', size: null, density: null },
    ]);
    expect(method).toMatchObject({ title: 'SNIP', universe: 100, selection: 'top 5 % by matrix' });
  });

  it.each([
    ['weights', 'weight', true],
    // Weights of an adapter are not those of the model.
    ['lora', 'adapter weight', true],
    ['neurons', 'neuron', true],
    // An interval of layers is found against the utility set already.
    ['layers', 'layer', false],
  ] as const)(
    'says of %s that a unit is a %s, and whether there is a utility region',
    (payload, unit, has) => {
      expect(run(payload).methods[0]).toMatchObject({ payload, unit, hasUtility: has });
    },
  );

  it('names the utility dataset last, with its role', () => {
    const { datasets } = run('weights');
    expect(datasets.at(-1)).toEqual({ id: 'Du', role: 'utility', source: 'data/Du.jsonl', samples: 32 });
  });
});
