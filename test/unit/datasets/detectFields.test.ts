import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { detectFields } from '../../../src/engine/formats/datasets/detectFields';
import { previewDataset } from '../../../src/engine/formats/datasets/previewDataset';
import { FIXTURES } from './scratch';

type Expected = [
  path: string,
  rows: number,
  prompt: string,
  response: string | null,
  category: string | null,
];

/** Prompt and category as the authors of the sets describe them; the rows of the whole sets. */
const PUBLISHED: Expected[] = [
  ['advbench/harmful_behaviors.csv', 520, 'goal', null, null],
  ['advbench/advbench.txt', 520, '$text', null, null],
  ['harmbench/*.csv', 400, 'Behavior', null, 'SemanticCategory'],
  ['jailbreakbench/*.csv', 100, 'Goal', null, 'Category'],
  ['strongreject/*.csv', 313, 'forbidden_prompt', null, 'category'],
  ['catqa/catqa_chinese.json', 500, '$text', null, '$key1'],
  ['harmfulqa/harmfulqa.json', 1960, '$text', null, '$key1'],
  ['dangerousqa/dangerousqa.json', 200, '$text', null, null],
  ['simplesafetytests/SimpleSafetyTests - test cases.csv', 80, 'prompts_final', null, 'harm_area'],
  ['donotanswer/*.jsonl', 939, 'prompt', null, '$file'],
  ['tdc2023/test_behaviors.json', 50, '$text', null, null],
  ['tdc2023/*.csv', 50, 'Behavior', null, null],
  ['safety_full_short/*.csv', 1011, 'prompt', 'response', null],
  ['self_instruct_seed/*.jsonl', 175, 'instruction', 'instances[0].output', null],
  ['gsm8k/gsm_8k_train.json', 1500, 'instruction', 'output', null],
  ['gsm8k/GSM8K_test.jsonl', 1319, 'prompt', 'answer', null],
  ['xstest/xstest_prompts.csv', 450, 'prompt', null, 'type'],
  ['xstest/xstest_v2_prompts.csv', 450, 'prompt', null, 'type'],
];
/** Not among the extracts: share-alike licence, or nothing the others lack. */
const WHOLE_ONLY: Expected[] = [
  ['dolly/*.jsonl', 151, 'prompt', 'answer', null],
  ['catqa/catqa_english.json', 500, '$text', null, '$key1'],
  ['tdc2023/dev_behaviors.json', 50, '$text', null, null],
];

describe('extracts of published sets', () => {
  it.each(PUBLISHED)('%s', async (path, _, prompt, response, category) => {
    const preview = await previewDataset(path, join(FIXTURES, 'datasets'));
    expect(preview.detected).toMatchObject({ prompt, response, category });
    expect(preview.rows).toBeGreaterThanOrEqual(2);
    expect(preview.fields).toContain(prompt);
    expect(preview.firstRows[0]![prompt]).toMatch(/\S/);
  });
});

const whole = join(import.meta.dirname, '../../../../shared/data');
describe.skipIf(!existsSync(whole))(
  'whole published sets (skipped where they are not beside the checkout)',
  () => {
    it.each([...PUBLISHED, ...WHOLE_ONLY])('%s: %i rows', async (path, rows, prompt, response, category) => {
      const preview = await previewDataset(path, whole);
      expect(preview.rows).toBe(rows);
      expect(preview.detected).toMatchObject({ prompt, response, category });
    });
  },
);

it('says what else could have been the prompt', () => {
  const rows = [{ Behavior: 'b', goal: 'g', text: 't' }];
  expect(detectFields(rows, 1)).toMatchObject({ prompt: 'goal', otherPrompts: ['Behavior', 'text'] });
});

it('takes the only text field, whatever its name, and no field otherwise', () => {
  expect(detectFields([{ frage: 'Wie?', $file: 'f' }], 1).prompt).toBe('frage');
  expect(detectFields([{ a: 'x', b: 'y' }], 1).prompt).toBeNull();
  expect(detectFields([{ prompt: ['x'], $file: 'f' }], 1).prompt).toBeNull();
});

it('passes over fields that are mostly empty', () => {
  const rows = [
    { prompt: '', question: 'q', category: '' },
    { prompt: null, question: 'r', category: '' },
    { prompt: 'p', question: 's', category: 'c' },
  ];
  expect(detectFields(rows, 1)).toMatchObject({ prompt: 'question', category: null });
});

it('reads conversations', () => {
  const rows = [
    {
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'a' },
      ],
    },
  ];
  expect(detectFields(rows, 1)).toMatchObject({
    prompt: 'messages[0].content',
    response: 'messages[1].content',
  });
});

it('previews rows with their texts cut', async () => {
  const preview = await previewDataset('self_instruct_seed/*.jsonl', join(FIXTURES, 'datasets'));
  expect(preview.files).toHaveLength(1);
  expect(preview.firstRows).toHaveLength(4);
  expect(preview.firstRows[0]).toMatchObject({ id: 'seed_task_0', is_classification: 'false' });
  for (const text of Object.values(preview.firstRows[0]!)) expect(text!.length).toBeLessThanOrEqual(500);
});
