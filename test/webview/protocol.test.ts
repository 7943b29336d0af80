import { describe, expect, it } from 'vitest';
import { parseExplorerState, parseToHost, parseToWebview } from '../../src/protocol/explorer';

describe('messages between host and page', () => {
  it.each([
    null,
    'ready',
    {},
    { type: 'unknown' },
    { type: 'run', run: { name: 'x' } },
    { type: 'failed', message: 'x', mend: 'y' },
    { type: 'loading', name: 7 },
  ])('the page drops %j', (message) => expect(parseToWebview(message)).toBeNull());

  it.each([
    undefined,
    7,
    { type: 'open', path: '/etc/passwd' },
    { type: 'fault', message: 'x'.repeat(10_001) },
  ])('the host drops message %#', (message) => expect(parseToHost(message)).toBeNull());

  it('both take what is meant for them', () => {
    expect(parseToHost({ type: 'ready' })).toEqual({ type: 'ready' });
    const failed = { type: 'failed', message: 'x', mend: 'y', canResume: true };
    expect(parseToWebview(failed)).toEqual(failed);
  });

  it('an IoU lies between 0 and 1, or is null', () => {
    const view = (pairwise: unknown): unknown => ({
      pairwise: [[pairwise]],
      randomPairwise: [[1]],
      ...{ forward: [1], backward: [1], randomForward: [1], randomBackward: [1] },
    });
    const message = (pairwise: unknown): unknown => ({
      type: 'run',
      run: {
        ...{ dir: '/r', name: 'n', model: 'm', startedAt: '', facts: [], notes: [], datasets: [] },
        methods: [
          {
            ...{ id: 'snip', title: 'SNIP', unit: 'weight', universe: 1, selection: '', regions: [] },
            ...{ utility: null, notes: [], isoUtility: null, plain: view(pairwise) },
          },
        ],
      },
    });
    for (const good of [0, 0.5, 1, null]) expect(parseToWebview(message(good)), String(good)).not.toBeNull();
    for (const bad of [-0.1, 1.1, Number.NaN, '0.5', undefined]) {
      expect(parseToWebview(message(bad)), String(bad)).toBeNull();
    }
  });

  it('a kept state of another shape counts as none', () => {
    expect(parseExplorerState({ runDir: '/r', isoUtility: 'yes', logScale: false })).toBeNull();
    expect(parseExplorerState({ runDir: '/r', isoUtility: true, logScale: false })).not.toBeNull();
  });
});
