import { join } from 'node:path';
import { parseExperiment } from '../../../src/core/run/experiment';
import type { PreparedDataset } from '../../../src/core/run/sample';
import { prepareDatasets } from '../../../src/engine/prepare/prepareDatasets';
import { FIXTURES, scratchFolder } from '../datasets/scratch';

export const DATA = join(FIXTURES, 'datasets');
export const model = (name: string): string => join(FIXTURES, 'tokenizers', name);

export const FROM_DATASET = { responses: { source: 'dataset' } };
export const PAIRS = [
  { prompt: 'What is it?', response: 'It is.' },
  { prompt: 'How?', response: ' So.' },
];

interface Settings {
  readonly datasets: readonly object[];
  readonly [key: string]: unknown;
}

/** Datasets of an experiment, from the fixtures or from rows written for the test. */
export function preparer() {
  const scratch = scratchFolder();

  async function prepare(settings: Settings, name = 'chatml', baseDir = DATA): Promise<PreparedDataset[]> {
    const experiment = parseExperiment(
      JSON.stringify({
        schemaVersion: 1,
        name: 'test',
        model: 'unused',
        methods: [{ method: 'snip' }],
        ...settings,
      }),
      'test.safety-region.json',
    );
    return prepareDatasets(experiment, { baseDir, modelDirectory: model(name) });
  }

  /** One dataset; the response is fixed unless said otherwise. */
  async function prepareRows(
    rows: readonly object[],
    dataset: object = {},
    settings: object = {},
    name = 'chatml',
  ): Promise<PreparedDataset> {
    scratch.put('rows.jsonl', rows.map((row) => JSON.stringify(row)).join('\n'));
    const sampling = { count: rows.length, ...(settings as { sampling?: object }).sampling };
    const entry = { id: 'D0', path: 'rows.jsonl', responses: { source: 'fixed', text: 'No.' }, ...dataset };
    const [prepared] = await prepare({ ...settings, datasets: [entry], sampling }, name, scratch.path);
    return prepared!;
  }

  return { scratch, prepare, prepareRows };
}
