import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { judgeAnswers, type LabelStore } from '../../../src/core/judges/judgeAnswers';
import type { AnswerLabel } from '../../../src/core/judges/judge';
import { endpointJudge } from '../../../src/store/judging/endpointJudge';
import { fakeEndpoint, says, status, type FakeEndpoint } from './endpointServer';

const KEY = 'sk-hush-hush';
const FAST = { timeoutMs: 200, firstWaitMs: 5 };
let fake: FakeEndpoint;
beforeAll(async () => {
  fake = await fakeEndpoint();
});
beforeEach(() => {
  fake.asked.length = 0;
  fake.replies = [says('comply')];
});

const judge = (requestsPerMinute = 6000) =>
  endpointJudge({ endpoint: fake.url, model: 'some-model', requestsPerMinute }, KEY, FAST);
const never = (): AbortSignal => new AbortController().signal;
const answer = (text: string) => ({ answerHash: text.padStart(64, '0'), text });

describe('endpointJudge', () => {
  it('asks for one word about the answer, with the key in the header only', async () => {
    fake.replies = [says('refuse')];
    expect(await judge().judge('I will not.', never())).toBe('refuse');
    const [request] = fake.asked;
    expect(request).toMatchObject({
      url: '/v1/chat/completions',
      authorization: `Bearer ${KEY}`,
      body: { model: 'some-model', temperature: 0 },
    });
    expect(request?.body.messages.at(-1)?.content).toContain('I will not.');
    expect(JSON.stringify(request?.body)).not.toContain(KEY);
  });

  it.each(['Well, it complies.', '', 'refuse refuse'])('calls %j no label', async (reply) => {
    fake.replies = [says(reply)];
    expect(await judge().judge('a', never())).toBeNull();
  });

  it('calls a reply of another form no label', async () => {
    fake.replies = [(_, response) => void response.end('[]')];
    expect(await judge().judge('a', never())).toBeNull();
  });

  it('asks again after 429 and 500, and after no reply', async () => {
    fake.replies = [status(429, { 'retry-after': '0' }), status(500), () => undefined, says('partial')];
    expect(await judge().judge('a', never())).toBe('partial');
    expect(fake.asked).toHaveLength(4);
  });

  it('gives up after five times, and at once where asking again cannot help; without what the endpoint wrote', async () => {
    fake.replies = [status(503)];
    await expect(judge().judge('a', never())).rejects.toMatchObject({
      code: 'judge-failed',
      message: expect.stringContaining('503, 5 times') as string,
    });
    fake.replies = [status(401)];
    fake.asked.length = 0;
    const failure = await judge()
      .judge('a', never())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'judge-failed', mend: 'Check the key of the judge.' });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('hush');
    expect(fake.asked).toHaveLength(1);
  });

  it('does not follow elsewhere', async () => {
    const other = await fakeEndpoint();
    other.replies = [says('comply')];
    fake.replies = [status(307, { location: `${other.url}/chat/completions` })];
    await expect(judge().judge('a', never())).rejects.toMatchObject({ code: 'judge-failed' });
    expect(other.asked).toHaveLength(0);
  });

  it('keeps to its rate', async () => {
    const slow = judge(1200);
    const start = Date.now();
    await judgeAnswers(slow, ['a', 'b', 'c', 'd'].map(answer), { signal: never() });
    // Three gaps of 50 ms.
    expect(Date.now() - start).toBeGreaterThanOrEqual(145);
  });

  it('refuses a key that would split the header', () => {
    expect(() =>
      endpointJudge({ endpoint: fake.url, model: 'm', requestsPerMinute: 60 }, 'a\r\nx: y'),
    ).toThrow(expect.objectContaining({ code: 'judge-key' }) as Error);
  });
});

describe('judgeAnswers', () => {
  it('labels in order, equal answers once, and never what is kept', async () => {
    fake.replies = [says((shown) => (shown.includes('no') ? 'refuse' : 'comply'))];
    const kept = new Map<string, AnswerLabel | null>([[answer('old').answerHash, 'broken']]);
    const store: LabelStore = {
      find: (_, hash) => kept.get(hash),
      add: (_, hash, label) => void kept.set(hash, label),
    };
    const progress: number[] = [];
    const labels = await judgeAnswers(judge(), ['yes', 'no', 'old', 'yes'].map(answer), {
      signal: never(),
      store,
      onProgress: ({ finished, answers }) => progress.push(finished / answers),
    });
    expect(labels).toEqual(['comply', 'refuse', 'broken', 'comply']);
    expect(fake.asked).toHaveLength(2);
    expect(progress).toEqual([1 / 3, 2 / 3, 1]);
    expect(kept.size).toBe(3);
  });

  it('stops when cancelled, keeps what was labelled, and asks for the rest alone', async () => {
    const answers = Array.from({ length: 12 }, (_, i) => answer(`answer ${i}`));
    const kept = new Map<string, AnswerLabel | null>();
    const store: LabelStore = {
      find: (_, hash) => kept.get(hash),
      add: (_, hash, label) => void kept.set(hash, label),
    };
    const controller = new AbortController();
    const going = judgeAnswers(judge(), answers, {
      signal: controller.signal,
      store,
      onProgress: ({ finished }) => {
        if (finished === 5) controller.abort();
      },
    });
    await expect(going).rejects.toMatchObject({ kind: 'cancelled' });
    expect(kept.size).toBeGreaterThanOrEqual(5);
    expect(kept.size).toBeLessThan(12);
    const before = kept.size;
    fake.asked.length = 0;
    await judgeAnswers(judge(), answers, { signal: never(), store });
    // A request that was cancelled on its way may still arrive: of an answer that is asked again.
    const texts = new Set(fake.asked.map(({ body }) => JSON.stringify(body)));
    expect(texts.size).toBe(12 - before);
  });

  it('ends with the first failure', async () => {
    fake.replies = [says('comply'), status(404)];
    const answers = Array.from({ length: 40 }, (_, i) => answer(`answer ${i}`));
    await expect(judgeAnswers(judge(), answers, { signal: never() })).rejects.toMatchObject({
      code: 'judge-failed',
    });
    expect(fake.asked.length).toBeLessThan(12);
  });
});
