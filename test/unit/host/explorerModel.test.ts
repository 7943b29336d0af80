import { describe, expect, it } from 'vitest';
import { duration, explorerRun } from '../../../src/host/explorerModel';
import { parseToWebview } from '../../../src/protocol/explorer';
import { NOT_MEASURED } from '../../../src/core/masks/floorReport';
import type { MethodOverlap, OverlapReport } from '../../../src/core/masks/overlapReport';
import type { Summary } from '../../../src/core/run/summary';
import { cannedManifest } from '../../vscode/harness/cannedRun';

const floors = {
  randomPairwise: [
    [1, 0.2],
    [0.2, 1],
  ],
  randomPairwiseMacro: [
    [1, 0.2],
    [0.2, 1],
  ],
  randomForward: [1, 0.2],
  randomBackward: [1, 0.2],
};
const measures = {
  pairwise: [
    [1, 0.5],
    [0.5, 1],
  ],
  pairwiseMacro: [],
  forward: [1, 0.5],
  backward: [1, 0.5],
};
const fitted = { curve: [1, 0.5], random: [1, 0.2], fit: null, randomFit: null };
const curves = {
  forward: fitted,
  backward: fitted,
  allOrders: fitted,
  common: fitted,
  heldBy: [60, 20, 20],
  randomHeldBy: [49, 42, 9],
};
const overlap: MethodOverlap = {
  payload: 'weights',
  unit: 'weight',
  universe: 100,
  regions: ['D0', 'D1'].map((id) => ({ id, size: 30, density: 0.3, isolatedSize: 0 })),
  utility: { id: 'Du', size: 40 },
  order: ['D0', 'D1'],
  ...measures,
  isoUtility: {
    ...measures,
    pairwise: [
      [null, null],
      [null, null],
    ],
    forward: [null, null],
    backward: [null, null],
  },
  byLayer: {},
  byModule: {},
  byHead: {},
  convergence: { form: '', criterion: '', ...curves, isoUtility: curves },
  dice: [],
  overlapCoefficient: [],
  utilityTwin: [0.1, 0.1],
  utilityShare: [],
  similarity: null,
  baselines: {
    ...floors,
    randomDice: [],
    randomOverlapCoefficient: [],
    isoUtility: { ...floors, randomForward: [null, null], randomBackward: [null, null] },
    randomProcedure: null,
    ...NOT_MEASURED,
  },
  notes: ['A note.'],
};
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
const run = (method: MethodOverlap): ReturnType<typeof explorerRun> => {
  const report: OverlapReport = {
    schemaVersion: 1,
    methods: { snip: method },
    leftOut: [],
    crossMethod: null,
  };
  return explorerRun('/runs/canned', manifest, summary, report);
};

describe('what the explorer shows of a run', () => {
  it('passes the check of the page, undefined ratios included', () => {
    const message = { type: 'run' as const, run: run(overlap) };
    expect(parseToWebview(structuredClone(message))).toEqual(message);
  });

  it('has the floors beside the numbers, in both views', () => {
    const [method] = run(overlap).methods;
    expect(method?.plain).toEqual({
      pairwise: measures.pairwise,
      forward: measures.forward,
      backward: measures.backward,
      randomPairwise: floors.randomPairwise,
      randomForward: floors.randomForward,
      randomBackward: floors.randomBackward,
    });
    expect(method?.isoUtility?.forward).toEqual([null, null]);
    expect(method).toMatchObject({ title: 'SNIP', selection: 'top 5 % by matrix', notes: ['A note.'] });
  });

  it('has no iso-utility view without a utility region', () => {
    const { isoUtility } = run({ ...overlap, utility: null, isoUtility: null }).methods[0]!;
    expect(isoUtility).toBeNull();
  });

  it('says what a unit is, of an adapter that it is not of the model', () => {
    const unitOf = (changes: Partial<MethodOverlap>) => run({ ...overlap, ...changes }).methods[0]!.unit;
    expect(unitOf({ payload: 'neurons', unit: 'neuron' })).toBe('neuron');
    expect(unitOf({ payload: 'layers', unit: 'layer' })).toBe('layer');
    expect(unitOf({ payload: 'lora' })).toBe('adapter weight');
  });

  it('names the utility dataset last, with its role', () => {
    const { datasets } = run(overlap);
    expect(datasets.at(-1)).toEqual({ id: 'Du', role: 'utility', source: 'data/Du.jsonl', samples: 32 });
  });

  it.each([
    [2.345, '2.3 s'],
    [59.4, '59 s'],
    [59.7, '1 min'],
    [130, '2 min'],
    [3599, '1 h 0 min'],
    [5400, '1 h 30 min'],
  ])('writes %s s as %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
