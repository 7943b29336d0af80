import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import { loadTokenizer } from '../../../src/engine/formats/tokenizer';
import { prepareDatasets } from '../../../src/engine/prepare/prepareDatasets';
import { errorOf } from '../datasets/scratch';
import { DATA, FROM_DATASET, model, PAIRS, preparer } from './preparer';

const { scratch, prepare, prepareRows } = preparer();
const decode = async (ids: readonly number[], name = 'chatml') =>
  (await loadTokenizer(model(name))).decode(ids, { skipSpecialTokens: false });

describe('templates', () => {
  const parts = async (template: string, name: string, prompt = 'What is it?') => {
    const prepared = await prepareRows([{ prompt, response: ' So.' }], FROM_DATASET, { template }, name);
    const { tokenIds, responseStart } = prepared.samples[0]!;
    return {
      prompt: await decode(tokenIds.slice(0, responseStart), name),
      response: await decode(tokenIds.slice(responseStart), name),
      prepared,
    };
  };

  it("chat is the model's own, its default system turn kept and reported", async () => {
    const { prompt, response, prepared } = await parts('chat', 'chatml');
    expect(prompt).toBe(
      '<|im_start|>system\nYou are a test.<|im_end|>\n<|im_start|>user\nWhat is it?<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(response).toBe(' So.');
    expect(prepared.report.warnings).toEqual([
      'The chat template adds a system turn of its own: "You are a test.".',
    ]);
  });

  it('chat adds no system turn and no second BOS', async () => {
    const { prompt, prepared } = await parts('chat', 'llama3');
    expect(prompt).toBe('<|bos|><|h|>user<|/h|>\n\nWhat is it?<|eot|><|h|>assistant<|/h|>\n\n');
    expect(prepared.report.warnings).toEqual([]);
    expect((await parts('chat', 'llama2')).prompt).toBe('<s> [INST] What is it? [/INST]');
  });

  it("none is the text, with the tokenizer's own special tokens on the prompt only", async () => {
    expect(await parts('none', 'llama3')).toMatchObject({ prompt: '<|bos|>What is it?', response: ' So.' });
    expect(await parts('none', 'chatml')).toMatchObject({ prompt: 'What is it?', response: ' So.' });
  });

  it('inst and alpaca wrap the text', async () => {
    expect((await parts('inst', 'llama3')).prompt).toBe('<|bos|>[INST] What is it? [/INST]');
    expect((await parts('alpaca', 'chatml')).prompt).toBe(
      'Below is an instruction that describes a task. Write a response that appropriately completes the request.' +
        '\n\n### Instruction:\nWhat is it?\n\n### Response:',
    );
  });

  it.each([
    ['none', 'llama3', '<|bos|>twice'],
    ['none', 'llama2', '<s>twice'],
  ])('%s reports BOS tokens doubled by the text', async (template, name, prompt) => {
    const { prepared } = await parts(template, name, prompt);
    expect(prepared.report.warnings).toEqual([
      expect.stringContaining('1 samples begin with two BOS tokens'),
    ]);
  });

  /** METHODS.md 1.1: the original drops the first response token, which a tokenizer without BOS loses. */
  it.each(['chatml', 'llama3', 'llama2'])('drops no response token and adds no EOS: %s', async (name) => {
    const tokenizer = await loadTokenizer(model(name));
    const prepared = await prepareRows(PAIRS, FROM_DATASET, { template: 'none' }, name);
    for (const [i, { tokenIds, responseStart }] of prepared.samples.entries()) {
      const { prompt, response } = PAIRS[i]!;
      expect(tokenIds.slice(0, responseStart)).toEqual(tokenizer.encode(prompt, { addSpecialTokens: true }));
      expect(tokenIds.slice(responseStart)).toEqual(tokenizer.encode(response, { addSpecialTokens: false }));
    }
  });

  it('says that prompts are wrapped already', async () => {
    const dataset = { id: 'D0', path: 'safety_full_short/*.csv' };
    const sampling = { count: 6 };
    const [wrapped] = await prepare({ datasets: [dataset], sampling, template: 'inst' });
    expect(wrapped!.report.warnings).toContainEqual(
      expect.stringContaining("carry the 'inst' template already"),
    );
    const [plain] = await prepare({ datasets: [dataset], sampling, template: 'none' });
    expect(plain!.report.warnings).not.toContainEqual(expect.stringContaining('template'));
  });

  it('needs a chat template for chat', async () => {
    scratch.put('bare/tokenizer.json', readFileSync(join(model('chatml'), 'tokenizer.json')));
    const settings = {
      datasets: [{ id: 'D0', path: 'advbench/advbench.txt', responses: { source: 'fixed', text: 'No.' } }],
      sampling: { count: 1 },
    };
    const experiment = parseExperiment(
      JSON.stringify({ schemaVersion: 1, name: 't', model: 'm', methods: [{ method: 'snip' }], ...settings }),
      'f',
    );
    const options = { baseDir: DATA, modelDirectory: join(scratch.path, 'bare') };
    expect((await errorOf(prepareDatasets(experiment, options))).code).toBe('chat-template-missing');
    const [prepared] = await prepareDatasets({ ...experiment, template: 'alpaca' }, options);
    expect(prepared!.samples).toHaveLength(1);
  });
});

describe('truncation', () => {
  const long = { prompt: 'word '.repeat(50).trim(), response: 'No. '.repeat(40) };
  const SHORT = { sampling: { maxPromptTokens: 10, maxResponseTokens: 7 } };

  it.each(['chat', 'inst', 'alpaca'])(
    'cuts content and response, never the template: %s',
    async (template) => {
      const prepared = await prepareRows([long, PAIRS[1]!], FROM_DATASET, { ...SHORT, template });
      const whole = await prepareRows([{ prompt: '', response: 'x' }, PAIRS[1]!].slice(1), FROM_DATASET, {
        template,
      });
      const [cut, fits] = prepared.samples;
      expect([cut!.truncated, fits!.truncated, prepared.report.truncated]).toEqual([true, false, 1]);
      expect(cut!.tokenIds.length - cut!.responseStart).toBe(7);
      const text = await decode(cut!.tokenIds.slice(0, cut!.responseStart));
      const [before, after] = (
        await decode(whole.samples[0]!.tokenIds.slice(0, whole.samples[0]!.responseStart))
      ).split('How?');
      expect(text.startsWith(before!) && text.endsWith(after!)).toBe(true);
      const content = text.slice(before!.length, text.length - after!.length);
      expect(long.prompt.startsWith(content)).toBe(true);
      const tokenizer = await loadTokenizer(model('chatml'));
      expect(tokenizer.encode(content, { addSpecialTokens: false })).toHaveLength(10);
    },
  );

  it('is marked where the response alone was cut', async () => {
    const prepared = await prepareRows([{ prompt: 'p', response: long.response }], FROM_DATASET, SHORT);
    expect(prepared.samples[0]!.truncated).toBe(true);
  });
});

describe('rows', () => {
  const numbered = Array.from({ length: 40 }, (_, i) => ({
    prompt: `Prompt ${i + 1}`,
    kind: i % 4,
    even: i % 2 === 1,
  }));

  it('are sampled by the seed, in the order of the source', async () => {
    const draw = async (seed: number) =>
      (await prepareRows(numbered, {}, { sampling: { count: 10, seed } })).samples.map(({ row }) => row);
    const first = await draw(0);
    expect(first).toHaveLength(10);
    expect(first).toEqual([...first].sort((a, b) => a - b));
    expect(await draw(0)).toEqual(first);
    expect(await draw(1)).not.toEqual(first);
  });

  it('are filtered by all keys, any value, exact text', async () => {
    const where = { kind: [1, '3'], even: true };
    const prepared = await prepareRows(numbered, { where, category: 'kind' }, { sampling: { count: 20 } });
    expect(prepared.report).toMatchObject({ rows: 40, matched: 20, sampled: 20, categoryField: 'kind' });
    expect(prepared.samples.map(({ row }) => row)).toEqual(
      numbered.flatMap(({ kind }, i) => (kind === 1 || kind === 3 ? [i + 1] : [])),
    );
    expect(new Set(prepared.samples.map(({ category }) => category))).toEqual(new Set(['1', '3']));
  });

  it('are filtered by virtual fields and numbered over all files', async () => {
    const responses = { source: 'fixed', text: 'No.' };
    const [files, keys] = await prepare({
      datasets: [
        {
          id: 'D0',
          path: ['donotanswer/*.jsonl', 'xstest/xstest_prompts.csv'],
          where: { $file: 'misinformation_harms' },
          category: '$file',
        },
        {
          id: 'D1',
          path: 'catqa/*.json',
          where: { $key1: 'Fraud/Deception', $key2: ['Phishing'] },
          category: '$key2',
        },
      ],
      sampling: { count: 2, seed: 3 },
      responses,
    });
    expect(files!.report).toMatchObject({ rows: 11, matched: 3, categoryField: '$file' });
    expect(files!.samples.every(({ row }) => row >= 3 && row <= 5)).toBe(true);
    expect(files!.report.files).toHaveLength(3);
    expect(files!.report.files[0]).toBe('donotanswer/human_chatbox.jsonl');
    expect(keys!.samples.map(({ row, category }) => [row, category])).toEqual([
      [7, 'Phishing'],
      [8, 'Phishing'],
    ]);
  });

  it('may repeat prompts, which is counted, not mended', async () => {
    const prepared = await prepareRows([...PAIRS, ...PAIRS, { prompt: 'Why?' }]);
    expect(prepared.samples).toHaveLength(5);
    expect(prepared.report.duplicatePrompts).toBe(2);
    expect(prepared.report.warnings).toContain('2 of the 5 sampled prompts repeat another one.');
  });
});

it('gives identification sets as listed, then utility, each with its own responses', async () => {
  const prepared = await prepare({
    datasets: [
      { id: 'Z', path: 'jailbreakbench/*.csv' },
      { id: 'A', path: 'safety_full_short/*.csv', responses: { source: 'dataset' } },
    ],
    utility: {
      id: 'Du',
      path: 'self_instruct_seed/*.jsonl',
      prompt: 'instruction',
      response: 'instances[0].output',
    },
    responses: { source: 'fixed', text: 'I cannot help with that request.' },
    sampling: { count: 3 },
  });
  expect(prepared.map(({ id, role }) => [id, role])).toEqual([
    ['Z', 'identification'],
    ['A', 'identification'],
    ['Du', 'utility'],
  ]);
  const [fixed, own, utility] = prepared;
  expect(fixed!.report).toMatchObject({
    promptField: 'Goal',
    responseField: null,
    categoryField: 'Category',
    detected: true,
  });
  expect(fixed!.report.warnings).toContain('The prompt field was detected; it could also be: Behavior.');
  const { tokenIds, responseStart } = fixed!.samples[0]!;
  expect(await decode(tokenIds.slice(responseStart))).toBe('I cannot help with that request.');
  expect(own!.report).toMatchObject({ promptField: 'prompt', responseField: 'response' });
  // The responses of this set begin with a space, which is fed.
  expect(await decode([own!.samples[0]!.tokenIds[own!.samples[0]!.responseStart]!])).toMatch(/^ /);
  expect(utility!.report).toMatchObject({ detected: false, responseField: 'instances[0].output' });
});

it('stops when asked', async () => {
  scratch.put('many.jsonl', '{"prompt": "p"}\n'.repeat(5000));
  const experiment = parseExperiment(
    JSON.stringify({
      schemaVersion: 1,
      name: 't',
      model: 'm',
      methods: [{ method: 'snip' }],
      datasets: [{ id: 'D0', path: 'many.jsonl' }],
      responses: { source: 'fixed', text: 'No.' },
      sampling: { count: 5000 },
    }),
    'f',
  );
  const controller = new AbortController();
  const running = prepareDatasets(experiment, {
    baseDir: scratch.path,
    modelDirectory: model('chatml'),
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 30);
  expect((await errorOf(running)).code).toBe('cancelled');
});
