import { describe, expect, it } from 'vitest';
import { parseExplorerState, parseToHost, parseToWebview } from '../../src/protocol/explorer/messages';
import { checkedAnswer, checkedParams } from '../../src/protocol/explorer/queries';

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
    { type: 'ask', id: 0, name: 'overlap', params: {} },
    { type: 'ask', id: 1.5, name: 'overlap', params: {} },
    { type: 'ask', id: 1, params: {} },
    { type: 'cancel' },
    { type: 'experiment', action: 'delete' },
  ])('the host drops message %#', (message) => expect(parseToHost(message)).toBeNull());

  it('both take what is meant for them', () => {
    expect(parseToHost({ type: 'ready' })).toEqual({ type: 'ready' });
    const failed = { type: 'failed', message: 'x', mend: 'y', canResume: true };
    expect(parseToWebview(failed)).toEqual(failed);
  });

  it('an IoU lies between 0 and 1, or is null', () => {
    const answer = (value: unknown): unknown => ({
      ...{ universe: 1, regions: [], utility: null, notes: [], groups: [], group: '' },
      ...{ isoUtility: null, beside: null, plain: { values: [[value]], random: [[1]] } },
    });
    for (const good of [0, 0.5, 1, null]) {
      expect(checkedAnswer('overlap', answer(good)), String(good)).toHaveProperty('data');
    }
    for (const bad of [-0.1, 1.1, Number.NaN, '0.5', undefined]) {
      expect(checkedAnswer('overlap', answer(bad)), String(bad)).toHaveProperty('fault');
    }
  });

  it('a kept state of another shape counts as none', () => {
    expect(parseExplorerState({ runDir: '/r', isoUtility: 'yes', logScale: false })).toBeNull();
    expect(parseExplorerState({ runDir: '/r', isoUtility: true, logScale: false })).not.toBeNull();
  });

  it('changes of the experiment are only those that the Setup tab makes', () => {
    const change = (edit: unknown): unknown => checkedParams('setupChange', { edit });
    const setting = { kind: 'setting', group: 'sampling', name: 'count' };
    expect(change({ kind: 'addDataset', dataset: { path: 'a.csv' } })).toHaveProperty('data');
    expect(change({ ...setting, value: 12 })).toHaveProperty('data');
    for (const bad of [
      { kind: 'text', field: 'schemaVersion', value: 'x' },
      { kind: 'addDataset', dataset: { path: '' } },
      { kind: 'removeDataset', index: -1, id: 'a' },
      { kind: 'removeDataset', index: 0.5, id: 'a' },
      { ...setting, group: 'engine', value: 1 },
      { ...setting, value: { nested: 1 } },
      { ...setting, value: Number.NaN },
      { kind: 'text', field: 'name', value: 'x'.repeat(10_001) },
    ]) {
      expect(change(bad), JSON.stringify(bad)).toHaveProperty('fault');
    }
  });
});
