import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../../src/core/run/experiment';
import {
  experimentName,
  pickedExperiment,
  sampleCount,
  type Choices,
  type ChosenFile,
} from '../../../../src/host/guidedPick/choices';
import { sampleCountReason } from '../../../../src/host/guidedPick/describe';
import { homeFolder, writeNewExperiment } from '../../../../src/host/guidedPick/newFile';
import { experimentText } from '../../../../src/host/setup/experimentText';
import { temporaryFolder } from '../../formats-model/temporaryFolder';
import { plainL10n as l10n } from '../plainL10n';

const TOPICS = [
  { value: 'fraud', rows: 30 },
  { value: 'weapons', rows: 9 },
];

const chosen = (file: string, rows: number, response: string | null = null): ChosenFile => ({
  file,
  preview: {
    files: [file],
    fileCount: 1,
    fields: ['goal', 'topic'],
    detected: { prompt: 'goal', response, category: 'topic', otherPrompts: [] },
    rows,
    matched: rows,
    absent: [],
    isComplete: true,
    firstRows: [],
    values: [{ field: 'topic', values: TOPICS }],
  },
});

const choices = (change: Partial<Choices>): Choices => ({
  model: {
    origin: 'workspace',
    reference: '/w/models/tiny',
    name: '/w/models/tiny',
    family: 'llama',
    parameters: 1,
    weightBytes: 4,
    problem: null,
  },
  ticked: [],
  files: [chosen('/w/data/a.csv', 40)],
  sets: null,
  utility: null,
  responses: 'fixed',
  methods: [{ method: 'snip' }],
  adapter: null,
  count: null,
  seed: 0,
  template: 'chat',
  name: null,
  folder: null,
  outcome: null,
  ...change,
});

describe('pickedExperiment', () => {
  it('names model and data from the folder of the file, and can be run as it is', () => {
    const experiment = pickedExperiment(
      choices({ utility: chosen('/u/seed_tasks.jsonl', 175, 'output') }),
      '/w',
    );
    expect(experiment).toMatchObject({
      name: 'tiny-a',
      model: 'models/tiny',
      datasets: [{ id: 'a', path: 'data/a.csv', prompt: 'goal', category: 'topic', kind: 'multi' }],
      utility: { id: 'seed_tasks', path: '../u/seed_tasks.jsonl', response: 'output' },
      sampling: { count: 40, seed: 0 },
      responses: { source: 'fixed' },
    });
    const parsed = parseExperiment(experimentText(experiment), 'x');
    expect(parsed.utility?.responses.source).toBe('dataset');
    expect(parsed.datasets[0]?.responses.text).toMatch(/sorry/);
  });

  it('has the model answer the prompts of a utility set without answers', () => {
    const utility = chosen('/u/tasks.csv', 50);
    const sources = (['fixed', 'dataset', 'model'] as const).map((responses) => {
      const text = experimentText(pickedExperiment(choices({ utility, responses }), '/w'));
      return parseExperiment(text, 'x').utility?.responses.source;
    });
    expect(sources).toEqual(['model', 'model', 'model']);
  });

  it('gives each category that was picked a set of its own, and all sets an id of their own', () => {
    const file = chosen('/w/a.csv', 40);
    const sets = [file, ...TOPICS.map(({ value }) => ({ ...file, subset: { field: 'topic', value } }))];
    const { datasets } = pickedExperiment(choices({ sets, utility: chosen('/u/a.csv', 99) }), '/w');
    expect(datasets.map(({ id, where }) => [id, where])).toEqual([
      ['a-2', undefined],
      ['a-fraud', { topic: 'fraud' }],
      ['a-weapons', { topic: 'weapons' }],
    ]);
  });
});

describe('sampleCount', () => {
  const files = [chosen('/w/a.csv', 40), chosen('/w/b.csv', 400)];
  const weapons = { ...chosen('/w/a.csv', 40), subset: { field: 'topic', value: 'weapons' } };

  it.each([
    ['the smallest set', choices({ files }), 40],
    ['128 at most', choices({ files: files.slice(1) }), 128],
    ['utility counts', choices({ files, utility: chosen('/w/u.csv', 7) }), 7],
    ['rows of a category', choices({ files, sets: [weapons] }), 9],
    ['half where refusals are wanted', choices({ files, responses: 'model' }), 20],
    [
      'all of the utility set, whose answers are no refusals',
      choices({ files, responses: 'model', utility: chosen('/w/u.csv', 19) }),
      19,
    ],
    ['one at least', choices({ files: [chosen('/w/a.csv', 1)], responses: 'model' }), 1],
    ['what the user said', choices({ files, count: 5 }), 5],
  ])('%s', (_, of, count) => expect(sampleCount(of).count).toBe(count));

  it('says which set it is for, where that has fewer than the default', () => {
    const reason = (of: Choices) => sampleCountReason(sampleCount(of), l10n);
    expect(reason(choices({ files }))).toBe('All 40 rows of a, the smallest set.');
    expect(reason(choices({ files, sets: [weapons] }))).toBe('All 9 rows of a-weapons, the smallest set.');
    expect(reason(choices({ files, responses: 'model' }))).toBe(
      'Half of the 40 rows of a, the smallest set: not every answer is a refusal.',
    );
    expect(reason(choices({ files: files.slice(1) }))).toBeUndefined();
    expect(reason(choices({ files, count: 5 }))).toBeUndefined();
  });
});

describe('experimentName', () => {
  it('is after the model and the data', () => {
    const files = [chosen('/w/a.csv', 1), chosen('/w/b.csv', 1)];
    expect(experimentName(choices({ files }))).toBe('tiny-2-sets');
    expect(experimentName(choices({ name: 'mine' }))).toBe('mine');
  });
});

describe.skipIf(process.platform === 'win32')('homeFolder', () => {
  it.each([
    [['/w/data/a.csv'], ['/v', '/w'], '/w'],
    [['/w/data/a.csv'], ['/w', '/w/data'], '/w/data'],
    [['/other/a.csv'], ['/w'], '/other'],
    [['/w..x/a.csv'], ['/w'], '/w..x'],
    [['/w/..data/a.csv'], ['/w'], '/w'],
    [['/other/a.csv'], [], '/other'],
    [[], ['/w'], '/w'],
  ])('of %j in %j is %s', (files, folders, home) => expect(homeFolder(files, folders)).toBe(home));
});

describe('writeNewExperiment', () => {
  it('never writes over a file', async () => {
    const folder = await temporaryFolder();
    const names = [];
    for (const text of ['1', '2', '3']) {
      names.push(path.basename(await writeNewExperiment(folder, 'my name/x', text)));
    }
    expect(names).toEqual([
      'my-name-x.safety-region.json',
      'my-name-x-2.safety-region.json',
      'my-name-x-3.safety-region.json',
    ]);
    expect(await readFile(path.join(folder, 'my-name-x.safety-region.json'), 'utf8')).toBe('1');
  });

  it('says so where it cannot write', async () => {
    const folder = path.join(await temporaryFolder(), 'file');
    await writeFile(folder, '');
    await expect(writeNewExperiment(folder, 'n', '')).rejects.toThrow(/ENOTDIR|ENOENT/);
  });
});
