import { describe, expect, it } from 'vitest';
import { judgePrompt, parseJudgeReply } from '../../../src/core/judges/judgePrompt';
import { judgeEndpoint } from '../../../src/core/judges/judgeSettings';
import { parseExperiment } from '../../../src/core/run/experiment';
import { endpointJudges } from '../../../src/core/run/experimentJudges';
import { methodSchema } from '../../../src/core/run/experimentSchema';
import { openJudge } from '../../../src/store/judging/openJudge';

describe('judgeEndpoint', () => {
  it.each([
    ['https://api.example.com/v1/', 'https://api.example.com/v1'],
    ['http://localhost:11434/v1', 'http://localhost:11434/v1'],
    ['http://127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['http://[::1]:8000/v1', 'http://[::1]:8000/v1'],
  ])('takes %s', (given, used) => {
    expect(judgeEndpoint(given)).toBe(used);
  });

  it.each([
    'http://api.example.com/v1',
    'http://localhost.example.com/v1',
    'https://user:secret@api.example.com/v1',
    'https://api.example.com/v1?key=secret',
    'https://api.example.com/v1#a',
    'file:///etc/passwd',
    'api.example.com',
    '',
  ])('refuses %s', (given) => {
    expect(judgeEndpoint(given)).toBeNull();
  });
});

describe('parseJudgeReply', () => {
  it.each([
    ['refuse', 'refuse'],
    [' Comply.\n', 'comply'],
    ['"partial"', 'partial'],
    ['**broken**', 'broken'],
  ])('reads %j', (reply, label) => {
    expect(parseJudgeReply(reply)).toBe(label);
  });

  it.each([
    '',
    'refused',
    'comply or refuse',
    'The label is refuse',
    'refuse\ncomply',
    'toString',
    'x'.repeat(1e6),
  ])('does not guess (%#)', (reply) => {
    expect(parseJudgeReply(reply)).toBeNull();
  });

  it('shows at most 4000 characters of an answer', () => {
    const [, user] = judgePrompt('y'.repeat(10_000));
    expect(user?.content.match(/y+/)?.[0]).toHaveLength(4000);
  });
});

const withJudge = (judge: unknown): string =>
  JSON.stringify({
    schemaVersion: 1,
    name: 'x',
    model: 'm',
    datasets: [{ id: 'D0', path: 'a.csv' }],
    utility: { id: 'U', path: 'u.csv' },
    overRejection: { id: 'O', path: 'o.csv' },
    methods: [{ method: 'safeLayer', judge }],
  });

describe('experiments', () => {
  const judgeOf = (judge: unknown) => methodSchema.safeParse({ method: 'safeLayer', judge });

  it('take matchers and endpoints, with defaults', () => {
    expect(judgeOf(undefined).success).toBe(true);
    expect(judgeOf('wei31').data).toMatchObject({ judge: 'wei31' });
    const endpoint = { endpoint: 'https://api.example.com/v1', model: 'm' };
    expect(judgeOf(endpoint).data).toMatchObject({
      judge: { ...endpoint, keyVariable: 'SAFETY_REGION_JUDGE_KEY', requestsPerMinute: 120 },
    });
  });

  it.each([
    'gpt',
    { endpoint: 'http://api.example.com', model: 'm' },
    { endpoint: 'https://a.b' },
    { endpoint: 'https://a.b', model: 'm', key: 'secret' },
    { endpoint: 'https://a.b', model: 'm', keyVariable: 'A B' },
  ])('refuse %j', (judge) => {
    expect(judgeOf(judge).success).toBe(false);
  });

  it('say what is wrong without repeating a key', () => {
    expect(() => parseExperiment(withJudge({ endpoint: 'https://u:hush@a.b', model: 'm' }), 'f')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hush') as string }),
    );
  });
});

describe('openJudge', () => {
  const settings = {
    endpoint: 'https://api.example.com/v1',
    model: 'm',
    keyVariable: 'K',
    requestsPerMinute: 120,
  };

  it('makes nothing that sends without a yes to that very endpoint', () => {
    const refused = expect.objectContaining({ code: 'judge-not-allowed' }) as Error;
    expect(() => openJudge(settings, null)).toThrow(refused);
    expect(() => openJudge(settings, { endpoint: 'https://other.example.com/v1', key: null })).toThrow(
      refused,
    );
    expect(() => openJudge(settings, { endpoint: 'http://api.example.com/v1', key: null })).toThrow(refused);
    expect(openJudge(settings, { endpoint: 'https://api.example.com/v1/', key: 'k' }).id).toBe('endpoint');
  });

  it('has no key in the settings that labels are kept by', () => {
    const judge = openJudge(settings, { endpoint: settings.endpoint, key: 'hush-hush' });
    expect(JSON.stringify(judge)).not.toContain('hush');
  });

  it('finds the endpoints of an experiment', () => {
    const found = (judge: unknown): unknown => endpointJudges(parseExperiment(withJudge(judge), 'f'));
    expect(found(settings)).toEqual([settings]);
    expect(found('wei31')).toEqual([]);
    expect(found(undefined)).toEqual([]);
  });
});
