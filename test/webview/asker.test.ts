import { describe, expect, it } from 'vitest';
import { Asker } from '../../webview/explorer/asker';
import type { ToHost } from '../../src/protocol/explorer/messages';
import type { Params } from '../../src/protocol/explorer/queries';

const pairs = { values: [[1]], random: [[1]] };
const answer = {
  ...{ universe: 1, regions: [], utility: null, notes: [], groups: [], group: '' },
  ...{ plain: pairs, isoUtility: null, beside: null },
};
const about = (method: string): Params<'overlap'> => ({ method, measure: 'iou', scope: 'all', group: '' });

function setUp(): { asker: Asker; sent: ToHost[]; leave: AbortController } {
  const sent: ToHost[] = [];
  return { asker: new Asker((message) => sent.push(message)), sent, leave: new AbortController() };
}

describe('what the page asks', () => {
  it('is answered by number, whatever order the answers come in', async () => {
    const { asker, sent, leave } = setUp();
    const first = asker.ask('overlap', about('snip'), leave.signal);
    const second = asker.ask('overlap', about('wanda'), leave.signal);
    expect(sent).toEqual([
      { type: 'ask', id: 1, name: 'overlap', params: about('snip') },
      { type: 'ask', id: 2, name: 'overlap', params: about('wanda') },
    ]);
    asker.receive({ type: 'answer', id: 2, value: { ...answer, universe: 2 } });
    asker.receive({ type: 'answer', id: 1, value: answer });
    expect((await first).universe).toBe(1);
    expect((await second).universe).toBe(2);
  });

  it('is refused with the mend of the host', async () => {
    const { asker, leave } = setUp();
    const asked = asker.ask('overlap', about('snip'), leave.signal);
    asker.receive({ type: 'refused', id: 1, message: 'Gone.', mend: 'Look.' });
    await expect(asked).rejects.toMatchObject({ message: 'Gone.', mend: 'Look.' });
  });

  it('is refused where the answer has another shape', async () => {
    const { asker, leave } = setUp();
    const asked = asker.ask('overlap', about('snip'), leave.signal);
    asker.receive({ type: 'answer', id: 1, value: { ...answer, plain: { ...pairs, values: [[1.5]] } } });
    await expect(asked).rejects.toThrow(/'overlap' was not understood: plain\.values\.0\.0/);
  });

  it('is given up when the view is left: the host hears of it, and a late answer is dropped', async () => {
    const { asker, sent, leave } = setUp();
    const asked = asker.ask('overlap', about('snip'), leave.signal);
    leave.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    expect(sent.at(-1)).toEqual({ type: 'cancel', id: 1 });
    asker.receive({ type: 'answer', id: 1, value: answer });
    await expect(asker.ask('overlap', about('snip'), leave.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(sent).toHaveLength(2);
  });
});
