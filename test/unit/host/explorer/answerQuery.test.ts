import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerQuery } from '../../../../src/host/explorer/answerQuery';
import { ShownRuns } from '../../../../src/host/explorer/shownRuns';
import { checkedAnswer } from '../../../../src/protocol/explorer/queries';
import { addDoneRun, cannedIoU, cannedIsoIoU } from '../../../vscode/harness/cannedRun';

let root: string;
let runs: ShownRuns;
beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
  runs = new ShownRuns([await addDoneRun(root, 'canned', '2026-01-01T00:00:00.000Z')]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const signal = new AbortController().signal;
const ask = (name: string, params: unknown, of: AbortSignal = signal): Promise<unknown> =>
  answerQuery(name, params, { runs, signal: of });

describe('a question of the page', () => {
  it.each([
    ['constructor', {}, 'query-unknown'],
    ['overlap', { method: 7 }, 'query-invalid'],
    ['overlap', null, 'query-invalid'],
    ['overlap', { method: 'x'.repeat(1_001) }, 'query-invalid'],
    ['overlap', { method: 'nlsr' }, 'run-lacks-method'],
  ])('%s %j is refused', async (name, params, code) => {
    await expect(ask(name, params)).rejects.toMatchObject({ code, mend: expect.any(String) as string });
  });

  it('about the overlap has the measures and their floors, plain and without the utility region', async () => {
    const answer = checkedAnswer('overlap', structuredClone(await ask('overlap', { method: 'snip' })));
    if ('fault' in answer) throw new Error(answer.fault);
    const { plain, isoUtility, regions, utility, universe } = answer.data;
    expect({ universe, utility }).toEqual({ universe: 6400, utility: { id: 'Du', size: 320 } });
    expect(regions[3]).toEqual({ id: 'D3', size: 320, density: 0.05, isolatedSize: 60 });
    expect(plain.pairwise[2]?.[5]).toBeCloseTo(cannedIoU(2, 5), 12);
    expect(isoUtility?.pairwise[2]?.[5]).toBeCloseTo(cannedIsoIoU(2, 5) ?? Number.NaN, 12);
    // D0 lies wholly in the utility region: nothing over nothing.
    expect(isoUtility?.pairwise[0]?.[0]).toBeNull();
    // q / (2 - q) at 5 %, but for the correction of a finite universe.
    expect(plain.randomPairwise[2]?.[5]).toBeCloseTo(0.05 / 1.95, 3);
  });

  it('that nobody waits for any more is not counted to the end', async () => {
    const gone = new AbortController();
    const asked = ask('overlap', { method: 'wanda' }, gone.signal);
    gone.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});
