import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import { prepareDatasets } from '../../../src/engine/prepare/prepareDatasets';
import { errorOf } from '../datasets/scratch';
import { DATA, FROM_DATASET, PAIRS, preparer } from './preparer';

const { scratch, prepare, prepareRows } = preparer();

describe('what cannot be used', () => {
  const code = async (promise: Promise<unknown>, name: string, kind = 'input') => {
    const error = await errorOf(promise);
    expect([error.code, error.kind]).toEqual([name, kind]);
    expect(error.mend).not.toBe('');
    return error.message;
  };
  const THREE = [
    { prompt: 'a', c: 'x' },
    { prompt: 'b', c: 'y' },
    { prompt: 'c', c: 'x' },
  ];

  it('a missing file, an unknown ending', async () => {
    await code(prepareRows(THREE, { path: 'absent.csv' }), 'dataset-missing');
    scratch.put('rows.doc', 'x');
    await code(prepareRows(THREE, { path: 'rows.doc' }), 'dataset-unknown-ending');
    await code(prepareRows(THREE, { path: ['rows.jsonl', 'rows.doc'] }), 'dataset-unknown-ending');
  });

  it.each([{ prompt: 'Prompt' }, { category: 'topic' }, { where: { topic: 'x' } }, { prompt: 'prompt[0]' }])(
    'a field that is not there: %j',
    async (dataset) => {
      const message = await code(prepareRows(THREE, dataset), 'dataset-field-missing');
      expect(message).toContain('Its fields: prompt, c, $file.');
    },
  );

  it('a filter that leaves no row, with the values seen', async () => {
    expect(await code(prepareRows(THREE, { where: { c: ['z', 'X'] } }), 'dataset-filter-empty')).toContain(
      'Values seen: c is "x", "y".',
    );
    const many = Array.from({ length: 30 }, (_, i) => ({ prompt: 'p', n: i }));
    const message = await code(prepareRows(many, { where: { n: 99 } }), 'dataset-filter-empty');
    expect(message).toContain('n is "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ...');
  });

  it('fewer rows than asked, with how many there are', async () => {
    const settings = { sampling: { count: 3 } };
    const message = await code(prepareRows(THREE, { where: { c: 'x' } }, settings), 'dataset-too-few-rows');
    expect(message).toContain('sampling.count asks for 3 rows: dataset D0 has 2 rows that match "where".');
  });

  it('fewer rows than asked in several sets: all of them are named', async () => {
    scratch.put('three.jsonl', THREE.map((row) => JSON.stringify(row)).join('\n'));
    const set = (id: string, where?: object) => ({
      id,
      path: 'three.jsonl',
      responses: { source: 'fixed', text: 'No.' },
      ...(where && { where }),
    });
    const error = await errorOf(
      prepare(
        {
          datasets: [set('D0'), set('D1', { c: 'x' }), set('D2')],
          utility: set('Du', { c: 'y' }),
          sampling: { count: 3 },
        },
        'chatml',
        scratch.path,
      ),
    );
    expect(error).toMatchObject({
      code: 'dataset-too-few-rows',
      message:
        'sampling.count asks for 3 rows: dataset D1 has 2 rows that match "where"; dataset Du has 1 rows that match "where".',
      mend: expect.stringMatching(/^Set sampling.count to 1 or less/) as string,
    });
  });

  it('no rows, no prompt to be found', async () => {
    scratch.put('empty.csv', 'prompt,response\n');
    await code(prepareRows(THREE, { path: 'empty.csv' }), 'dataset-empty');
    const rows = [{ a: 'x', b: 'y' }];
    expect(await code(prepareRows(rows), 'dataset-no-prompt')).toContain('Its fields: a, b, $file.');
  });

  it('a row without its prompt, or with a list in its place', async () => {
    for (const prompt of [null, '', ['x'], undefined]) {
      const rows = [...THREE, { prompt }];
      expect(await code(prepareRows(rows, { prompt: 'prompt' }), 'prompt-missing')).toContain('row 4');
    }
  });

  it('no response, where responses come from the dataset', async () => {
    await code(prepareRows(THREE, FROM_DATASET), 'dataset-no-response');
    await code(prepareRows(PAIRS, { ...FROM_DATASET, response: null }), 'responses-none', 'usage');
    await code(prepareRows(PAIRS, { ...FROM_DATASET, response: 'reply' }), 'dataset-field-missing');
    // AdvBench: the beginning of a harmful answer is not taken for a response.
    const dataset = { id: 'D0', path: 'advbench/*.csv' };
    await code(prepare({ datasets: [dataset], sampling: { count: 3 } }), 'dataset-no-response');
  });

  it.each([null, undefined, { text: 'x' }])('a response that is %j', async (response) => {
    const rows = [...PAIRS, { prompt: 'p', response }];
    expect(await code(prepareRows(rows, FROM_DATASET), 'response-missing')).toContain('row 3');
  });

  it('a response that is empty after tokenising', async () => {
    const rows = [...PAIRS, { prompt: 'p', response: '' }];
    expect(await code(prepareRows(rows, FROM_DATASET), 'response-empty')).toContain('row 3');
  });

  it('answers of the model that are no refusals, of an identification set', async () => {
    const responses = { source: 'model', refusalsOnly: false };
    await code(prepareRows(THREE, { responses }), 'responses-not-stored', 'usage');
  });

  it('a model directory without tokenizer', async () => {
    const experiment = parseExperiment(
      JSON.stringify({
        schemaVersion: 1,
        name: 't',
        model: 'm',
        methods: [{ method: 'snip' }],
        datasets: [{ id: 'D0', path: 'x' }],
      }),
      'f',
    );
    const options = { baseDir: DATA, modelDirectory: scratch.path };
    await code(prepareDatasets(experiment, options), 'tokenizer-missing');
  });
});
