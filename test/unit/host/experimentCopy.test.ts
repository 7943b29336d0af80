import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment, type Experiment } from '../../../src/core/run/experiment';
import { experimentCopy } from '../../../src/host/experimentCopy';

const root = path.resolve(import.meta.dirname, '../../..');
const samples = readdirSync(path.join(root, 'native-models'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.safety-region.json'))
  .map((file) => path.join(root, 'native-models', file));

const copied = (experiment: Experiment, experimentFile: string, folder: string): Experiment =>
  parseExperiment(experimentCopy({ experiment, experimentFile }, folder, 'A note.'), 'copy');
const parse = (value: object): Experiment =>
  parseExperiment(
    JSON.stringify({
      schemaVersion: 1,
      name: 'x',
      model: 'embedded:m',
      datasets: [{ id: 'D0', path: 'd.jsonl' }],
      methods: [{ method: 'snip' }],
      ...value,
    }),
    'x',
  );

describe('experimentCopy', () => {
  it.each(samples)('beside %s means what that means', (file) => {
    const experiment = parseExperiment(readFileSync(file, 'utf8'), file);
    expect(copied(experiment, file, path.dirname(file))).toEqual(experiment);
  });

  it('sees the samples', () => expect(samples.length).toBeGreaterThan(1));

  it('finds every file from another folder: relative to it inside, absolutely outside', () => {
    const experiment = parse({
      model: 'models/m',
      adapter: '../lora',
      datasets: [
        { id: 'D0', path: ['data/*.jsonl', '../other/d.csv'], adapter: 'hub:org/name' },
        { id: 'D1', path: '/abs/d.csv' },
      ],
      utility: { id: 'Du', path: 'u.csv' },
      overRejection: { id: 'Do', path: 'o.csv' },
      methods: [{ method: 'safeLayer', control: { id: 'Dc', path: 'c.csv' } }, { method: 'nlsr' }],
      similarity: { encoder: 'minilm' },
    });
    const copy = copied(experiment, '/w/exp/x.safety-region.json', '/w/exp/data');
    expect(copy).toMatchObject({
      model: '/w/exp/models/m',
      adapter: '/w/lora',
      datasets: [{ path: ['*.jsonl', '/w/other/d.csv'], adapter: 'hub:org/name' }, { path: ['/abs/d.csv'] }],
      utility: { path: ['/w/exp/u.csv'] },
      overRejection: { path: ['/w/exp/o.csv'] },
      methods: [{ control: { path: ['/w/exp/c.csv'] } }, {}],
      similarity: { encoder: '/w/exp/minilm' },
    });
  });

  it("keeps a utility set's own answers beside a fixed response, and a note to one line", () => {
    const experiment = parse({
      utility: { id: 'Du', path: 'u.csv', response: 'output' },
      responses: { source: 'fixed', text: 'No.' },
    });
    const file = '/w/x.safety-region.json';
    expect(copied(experiment, file, '/w')).toEqual(experiment);
    const text = experimentCopy({ experiment, experimentFile: file }, '/w', 'one\n"two": 3');
    expect(text.split('\n').slice(0, 2)).toEqual(['// one "two": 3', '{']);
  });
});
