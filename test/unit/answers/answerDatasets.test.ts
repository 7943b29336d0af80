import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import {
  answerDatasets,
  type AnswerProgress,
  type Generate,
} from '../../../src/engine/answers/answerDatasets';
import { loadTokenizer } from '../../../src/engine/formats/tokenizer';
import { drawOrder } from '../../../src/engine/prepare/drawSample';
import { prepareDatasets } from '../../../src/engine/prepare/prepareDatasets';
import { errorOf, FIXTURES, scratchFolder } from '../datasets/scratch';
import { startedRun } from '../store/testRuns';

const scratch = scratchFolder();
const MODEL = join(FIXTURES, 'tokenizers', 'chatml');
const REFUSAL = "I can't help with that.";
const ANSWER = 'Stir the soup slowly.';

/** `bad` prompts are refused, `blank` ones get an empty answer, others an answer. */
const answerTo = (prompt: string): string =>
  prompt.includes('bad') ? REFUSAL : prompt.includes('blank') ? '' : ANSWER;

interface Setup {
  readonly harmful?: readonly string[];
  readonly utility?: readonly string[];
  readonly count?: number;
  readonly responses?: object;
  readonly run?: Awaited<ReturnType<typeof startedRun>>;
  readonly failAfter?: number;
  readonly maxResponseTokens?: number;
  readonly seed?: number;
  readonly stops?: readonly number[];
  readonly replicates?: object;
}

const tokenizer = await loadTokenizer(MODEL);
let folders = 0;

async function answer({
  harmful = Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? `good ${i}` : `bad ${i}`)),
  utility = Array.from({ length: 20 }, (_, i) => `bad or good ${i}`),
  count = 10,
  responses = {},
  run,
  failAfter = Infinity,
  maxResponseTokens = 128,
  seed = 3,
  stops = [2, 1],
  replicates,
}: Setup) {
  const folder = `case-${folders++}`;
  const put = (name: string, prompts: readonly string[]): string => {
    scratch.put(`${folder}/${name}`, prompts.map((prompt) => JSON.stringify({ prompt })).join('\n'));
    return name;
  };
  const experiment = parseExperiment(
    JSON.stringify({
      schemaVersion: 1,
      name: 'answers',
      model: 'unused',
      datasets: [{ id: 'D0', path: put('d0.jsonl', harmful) }],
      utility: { id: 'Du', path: put('du.jsonl', utility) },
      sampling: { count, seed, maxResponseTokens },
      responses: { source: 'model', maxNewTokens: 32, ...responses },
      methods: [{ method: 'snip' }],
      ...(replicates && { replicates }),
    }),
    'answers.safety-region.json',
  );
  const drafts = await prepareDatasets(experiment, {
    baseDir: join(scratch.path, folder),
    modelDirectory: MODEL,
  });
  const theRun = run ?? (await startedRun(join(scratch.path, folder, 'runs')));
  const asked: string[] = [];
  const progress: AnswerProgress[] = [];
  let left = failAfter;
  const generate: Generate = async ({ prompts, onAnswer, onProgress, maxNewTokens }) => {
    const answers = prompts.map((ids) => {
      const text = answerTo(tokenizer.decode(ids, { skipSpecialTokens: false }));
      return tokenizer.encode(text, { addSpecialTokens: false }).slice(0, maxNewTokens);
    });
    // Backwards: the order of ending is not that of asking.
    for (const index of [...prompts.keys()].reverse()) {
      if (left-- <= 0) throw new Error('killed');
      asked.push(tokenizer.decode(prompts[index] ?? [], { skipSpecialTokens: false }));
      onAnswer(index, answers[index] ?? []);
      onProgress({ tokensPerSecond: 12 });
    }
    await Promise.resolve();
    return answers;
  };
  const result = answerDatasets({
    run: theRun,
    experiment,
    datasets: drafts,
    limits: { vocabSize: 1_000_000, maxPositions: 4096 },
    stopTokens: new Set(stops),
    decode: (ids) => tokenizer.decode(ids, { skipSpecialTokens: true }),
    generate,
    onProgress: (event) => progress.push(event),
  });
  return { run: theRun, asked, progress, result, experiment, drafts, harmful };
}

const lines = (file: string): Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const textOf = (ids: readonly number[]): string => tokenizer.decode(ids, { skipSpecialTokens: true });

describe("samples of the model's own answers", () => {
  it('are the first refusals in the order of drawing, then by row', async () => {
    const { result, harmful } = await answer({});
    const { datasets, answers } = await result;
    const refused = drawOrder(40, 40, 3).filter((index) => harmful[index]?.includes('bad'));
    const expected = refused.slice(0, 10).sort((a, b) => a - b);
    expect(datasets[0]?.samples.map(({ row }) => row)).toEqual(expected.map((index) => index + 1));
    for (const { tokenIds, responseStart, truncated } of datasets[0]?.samples ?? []) {
      expect(textOf(tokenIds.slice(responseStart))).toBe(REFUSAL);
      expect(truncated).toBe(false);
    }
    const { asked, refused: count, dropped, kept, labels, judge } = answers.D0!;
    expect({ count, kept, judge }).toMatchObject({ kept: 10, judge: 'phrases' });
    expect(labels).toEqual({ comply: asked - count, partial: 0, refuse: count, broken: 0 });
    expect(dropped).toBe(asked - count);
    expect(asked).toBeLessThan(40);
  });

  it('of a second draw are the refusals after those, and leave the first draw as it is', async () => {
    const plain = await (await answer({})).result;
    const { result, harmful } = await answer({ replicates: { secondDraw: true } });
    const { datasets, answers } = await result;
    expect(datasets.map(({ id }) => id)).toEqual(['D0', 'Du', 'D0@draw2']);
    expect(datasets.slice(0, 2).map(({ samples }) => samples)).toEqual(
      plain.datasets.map(({ samples }) => samples),
    );
    const refused = drawOrder(40, 40, 3).filter((index) => harmful[index]?.includes('bad'));
    const expected = refused.slice(10, 20).sort((a, b) => a - b);
    expect(datasets[2]?.samples.map(({ row }) => row)).toEqual(expected.map((index) => index + 1));
    expect(Object.keys(answers)).toEqual(['D0', 'Du']);
    expect(answers.D0).toMatchObject({ kept: 20 });
    const few = answer({ count: 14, replicates: { secondDraw: true } });
    const error = await errorOf((await few).result);
    expect(error).toMatchObject({ code: 'too-few-refusals' });
    expect(error.message).toMatch(
      /sampling\.count 14 and a second draw: dataset D0: the model refused 26 of all 40/,
    );
    expect(error.mend).toContain('sampling.count to 13');
    expect(error.mend).toContain('leave out replicates.secondDraw');
  });

  it('are all answers of the utility set, refusals too, but for empty ones', async () => {
    const utility = Array.from({ length: 20 }, (_, i) => `${['bad', 'blank', 'good'][i % 3] ?? ''} ${i}`);
    const { datasets, answers } = await (await answer({ utility })).result;
    const texts = datasets[1]?.samples.map(({ tokenIds, responseStart }) =>
      textOf(tokenIds.slice(responseStart)),
    );
    expect(texts).toHaveLength(10);
    expect(new Set(texts)).toEqual(new Set([REFUSAL, ANSWER]));
    expect(answers.Du).toMatchObject({ kept: 10 });
    expect(answers.Du?.dropped).toBe(answers.Du?.labels.broken);
    expect(datasets[1]?.report.warnings.join(' ')).toMatch(/refusals are fed as utility/);
  });

  it('have the answer\u2019s own tokens, cut to maxResponseTokens', async () => {
    const { datasets, answers } = await (await answer({ maxResponseTokens: 2 })).result;
    const ids = tokenizer.encode(REFUSAL, { addSpecialTokens: false });
    for (const { tokenIds, responseStart, truncated } of datasets[0]?.samples ?? []) {
      expect(tokenIds.slice(responseStart)).toEqual(ids.slice(0, 2));
      expect(truncated).toBe(true);
    }
    expect(answers.D0?.truncated).toBe(10);
  });

  it('are marked where no stop token ended them', async () => {
    // As many tokens as the refusal has: whether it would have ended there is not known.
    const maxNewTokens = tokenizer.encode(REFUSAL, { addSpecialTokens: false }).length;
    const { datasets } = await (await answer({ responses: { maxNewTokens } })).result;
    expect(datasets[0]?.samples.every(({ truncated }) => truncated)).toBe(true);
  });

  it('are no more than planned with stand-ins of the longest prompts', async () => {
    const harmful = Array.from({ length: 30 }, (_, i) => `bad ${'very '.repeat(i)}`);
    const { drafts, result } = await answer({ harmful });
    const { datasets } = await result;
    const longest = (list: (typeof datasets)[number] | undefined) =>
      list?.samples.map(({ tokenIds }) => tokenIds.length).sort((a, b) => b - a) ?? [];
    const planned = longest(drafts[0]);
    expect(planned).toHaveLength(10);
    longest(datasets[0]).forEach((length, i) => expect(length).toBeLessThanOrEqual(planned[i] ?? 0));
  });
});

describe('what is kept', () => {
  it('has no text and no tokens of answers to harmful prompts that are no refusals', async () => {
    const { run, result } = await answer({});
    await result;
    const kept = lines(run.file('answers', 'D0.jsonl'));
    const complied = kept.filter(({ label }) => label !== 'refuse');
    expect(complied.length).toBeGreaterThan(0);
    for (const line of complied) {
      expect(Object.keys(line).sort()).toEqual(['answerHash', 'label', 'promptHash', 'row', 'tokens']);
    }
    expect(kept.filter(({ text }) => text === REFUSAL)).toHaveLength(kept.length - complied.length);
    const raw = readFileSync(run.file('answers', 'D0.jsonl'), 'utf8');
    expect(raw).not.toContain('soup');
    expect(raw).not.toContain(JSON.stringify(tokenizer.encode(ANSWER, { addSpecialTokens: false })));
  });

  it('has the whole of answers to harmless prompts', async () => {
    const { run, result } = await answer({ utility: Array.from({ length: 20 }, (_, i) => `good ${i}`) });
    await result;
    const kept = lines(run.file('answers', 'Du.jsonl'));
    expect(kept).toHaveLength(10);
    expect(kept.every(({ text, label }) => text === ANSWER && label === 'comply')).toBe(true);
  });
});

describe('an interrupted run', () => {
  it.each([0, 1, 7, 13, 19, 25])(
    'asks nothing twice and ends with the same bytes (after %i)',
    async (failAfter) => {
      const whole = await answer({});
      const expected = await whole.result;
      const first = await answer({ failAfter });
      await expect(first.result).rejects.toThrow('killed');
      expect(first.asked).toHaveLength(failAfter);
      const second = await answer({ run: first.run });
      const { datasets, answers } = await second.result;
      expect(datasets).toEqual(expected.datasets);
      expect(answers).toEqual(expected.answers);
      expect([...first.asked, ...second.asked].sort()).toEqual([...whole.asked].sort());
      for (const id of ['D0', 'Du']) {
        const bytes = (run: typeof whole.run) => readFileSync(run.file('answers', `${id}.jsonl`), 'utf8');
        expect(bytes(second.run)).toBe(bytes(whole.run));
      }
    },
  );

  it('asks anew where the settings differ', async () => {
    const first = await answer({});
    await first.result;
    const second = await answer({ run: first.run, responses: { maxNewTokens: 31 } });
    await second.result;
    expect(second.asked).toHaveLength(first.asked.length);
    const third = await answer({ run: first.run, responses: { maxNewTokens: 31 }, stops: [1, 2] });
    await third.result;
    expect(third.asked).toEqual([]);
    const fourth = await answer({ run: first.run, responses: { maxNewTokens: 31 }, stops: [1, 2, 3] });
    await fourth.result;
    expect(fourth.asked).toHaveLength(first.asked.length);
  });

  it('reports answers whose samples were written already', async () => {
    const first = await answer({});
    const { datasets, answers } = await first.result;
    const stored = datasets.map(({ id, role, samples }, i) => ({
      ...{ id, role, samples },
      report: first.drafts[i]!.report,
    }));
    const again = await answerDatasets({
      run: first.run,
      experiment: first.experiment,
      datasets: stored,
      limits: { vocabSize: 1, maxPositions: 1 },
      stopTokens: new Set(),
      decode: () => '',
      generate: () => Promise.reject(new Error('asked')),
      onProgress: () => undefined,
    });
    expect(again).toEqual({ datasets, answers });
  });
});

describe('too few', () => {
  it('refusals: says how many there are and how to go on', async () => {
    const harmful = Array.from({ length: 30 }, (_, i) => (i < 4 ? `bad ${i}` : `good ${i}`));
    const { result, run, asked } = await answer({ harmful });
    const error = await errorOf(result);
    expect(error).toMatchObject({ kind: 'input', code: 'too-few-refusals' });
    expect(error.message).toMatch(/dataset D0: the model refused 4 of all 30 prompts/);
    expect(error.mend).toMatch(/sampling.count to 4 or less/);
    // All were asked, and the answers stay.
    expect(asked.filter((prompt) => /bad \d+<|good \d+</.test(prompt)).length).toBeGreaterThanOrEqual(30);
    expect(existsSync(run.file('answers', 'D0.jsonl'))).toBe(true);
  });

  it('refusals: none at all', async () => {
    const harmful = Array.from({ length: 12 }, (_, i) => `good ${i}`);
    const error = await errorOf((await answer({ harmful })).result);
    expect(error.code).toBe('too-few-refusals');
    expect(error.mend).not.toContain('sampling.count to 0');
  });

  it('answers that are not empty', async () => {
    const utility = Array.from({ length: 12 }, (_, i) => `blank ${i}`);
    expect((await errorOf((await answer({ utility })).result)).code).toBe('too-few-answers');
  });

  it('empty answers are no samples, though wei31 calls them refusals', async () => {
    const harmful = Array.from({ length: 12 }, (_, i) => `blank ${i}`);
    const error = await errorOf((await answer({ harmful, responses: { judge: 'wei31' } })).result);
    expect(error.code).toBe('too-few-refusals');
  });
});

it('a judge of another name gives other labels', async () => {
  const { run, result } = await answer({ responses: { judge: 'wei31' } });
  const { answers, datasets } = await result;
  const { asked, refused, dropped, kept } = answers.D0!;
  // Every answer is shorter than 20 pieces.
  expect(refused).toBe(asked);
  // Those that comply are neither fed nor kept, whatever that judge calls them.
  expect(kept).toBe(10);
  expect(dropped).toBeGreaterThan(0);
  for (const { tokenIds, responseStart } of datasets[0]?.samples ?? []) {
    expect(textOf(tokenIds.slice(responseStart))).toBe(REFUSAL);
  }
  const stored = lines(run.file('answers', 'D0.jsonl'));
  expect(stored.filter(({ text }) => text === REFUSAL)).toHaveLength(asked - dropped);
  expect(stored.filter(({ text, tokenIds }) => text === undefined && tokenIds === undefined)).toHaveLength(
    dropped,
  );
});

it('a judge of another name: an interrupted run asks nothing twice', async () => {
  const responses = { judge: 'wei31' };
  const whole = await answer({ responses });
  await whole.result;
  const first = await answer({ responses, failAfter: 8 });
  await expect(first.result).rejects.toThrow('killed');
  const second = await answer({ responses, run: first.run });
  await second.result;
  expect([...first.asked, ...second.asked].sort()).toEqual([...whole.asked].sort());
});

it('progress never goes back and ends at one', async () => {
  const { progress, result } = await answer({});
  await result;
  const fractions = progress.map(({ fraction }) => fraction);
  expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
  expect(progress.every(({ finished, prompts }) => finished <= prompts)).toBe(true);
});
