import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AnswerCache, promptHash, storedAnswer } from '../../../src/engine/answers/answerCache';
import { errorOf, scratchFolder } from '../datasets/scratch';

const scratch = scratchFolder();
const PROMPT = promptHash({ template: 'chat' }, [1, 2, 3]);
const refusal = (row: number) =>
  storedAnswer({ row, promptHash: PROMPT, label: 'refuse' }, [7, 8], 'No \u{1F600}.', true);

async function filled(name: string): Promise<string> {
  const file = join(scratch.path, name, 'D0.jsonl');
  const cache = await AnswerCache.open(file);
  await cache.prepareToAdd();
  for (const row of [2, 1]) cache.add(refusal(row));
  cache.close();
  return file;
}

describe('answers on disk', () => {
  it('are found again by row and prompt', async () => {
    const cache = await AnswerCache.open(await filled('found'));
    expect(cache.find(1, PROMPT)).toEqual(refusal(1));
    expect(cache.find(3, PROMPT)).toBeUndefined();
    expect(cache.find(1, promptHash({ template: 'none' }, [1, 2, 3]))).toBeUndefined();
    expect(cache.find(1, promptHash({ template: 'chat' }, [1, 2, 4]))).toBeUndefined();
  });

  it('lose a line that a kill cut, at any byte, and nothing else', async () => {
    const line = Buffer.from(`${JSON.stringify(refusal(3))}\n`);
    const file = await filled('torn');
    const before = readFileSync(file);
    for (let cut = 1; cut < line.length; cut++) {
      appendFileSync(file, line.subarray(0, cut));
      expect((await AnswerCache.open(file)).all().map(({ row }) => row)).toEqual([2, 1]);
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  it('are not taken from a damaged line', async () => {
    const lines = [
      'nonsense',
      '[]',
      JSON.stringify({ ...refusal(3), label: 'maybe' }),
      JSON.stringify({ ...refusal(3), tokens: 5 }),
      JSON.stringify({ ...refusal(3), tokenIds: [-1, 0] }),
      JSON.stringify({ ...refusal(3), tokenIds: [7, 9] }),
      JSON.stringify({ ...refusal(3), row: 0 }),
    ];
    for (const [i, line] of lines.entries()) {
      const file = await filled(`damaged-${i}`);
      appendFileSync(file, `${line}\n`);
      const error = await errorOf(AnswerCache.open(file));
      expect(error.code).toBe('run-damaged');
      expect(error.message).toContain('line 3');
    }
  });

  it('end up in the order given', async () => {
    const file = await filled('settled');
    await (await AnswerCache.open(file)).settle([refusal(1), refusal(2)]);
    expect((await AnswerCache.open(file)).all().map(({ row }) => row)).toEqual([1, 2]);
  });

  it('keep neither text nor tokens where they must not', () => {
    const answer = storedAnswer({ row: 1, promptHash: PROMPT, label: 'comply' }, [4, 5, 6], 'secret', false);
    expect(Object.keys(answer).sort()).toEqual(['answerHash', 'label', 'promptHash', 'row', 'tokens']);
    expect(answer.tokens).toBe(3);
    expect(JSON.stringify(answer)).not.toContain('secret');
  });
});
