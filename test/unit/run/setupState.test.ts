import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { METHODS } from '../../../src/core/methods/registry';
import { readSetup } from '../../../src/core/run/setupState';

const FILE = 'x.safety-region.json';
const sample = readFileSync(
  path.resolve(import.meta.dirname, '../../../native-models/random-sample/sample.safety-region.json'),
  'utf8',
);
const state = (text: string) => readSetup(text, FILE).state!;
const setting = (text: string, method: string, name: string) =>
  state(text)
    .methods.find(({ id }) => id === method)!
    .settings.find((own) => own.name === name);

describe('readSetup', () => {
  it('shows the sample experiment', () => {
    const { state: shown, problem } = readSetup(sample, FILE);
    expect(problem).toBeNull();
    expect(shown).toMatchObject({ name: 'sample', model: 'embedded:random-tiny' });
    expect(shown!.datasets.map(({ id }) => id)).toEqual([
      'harmbench',
      'catqa',
      'simplesafetytests',
      'donotanswer',
    ]);
    expect(shown!.datasets[1]).toEqual({
      id: 'catqa',
      paths: ['data/catqa/catqa_extract.json'],
      prompt: null,
      response: null,
      category: '$key1',
      where: [],
    });
    expect(shown!.utility).toMatchObject({ id: 'self-instruct', response: 'instances[0].output' });
    expect(shown!.methods.filter(({ isOn }) => isOn).map(({ id }) => id)).toEqual(['snip', 'wanda']);
  });

  it('offers every method, with its settings and defaults (CONTRACT section 3)', () => {
    expect(state('{}').methods.map(({ id, isOn }) => [id, isOn])).toEqual(
      METHODS.map(({ id }) => [id, false]),
    );
    const values = (id: string) =>
      Object.fromEntries(
        state('{}')
          .methods.find((method) => method.id === id)!
          .settings.filter(({ isMain }) => isMain)
          .map(({ name, value }) => [name, value]),
      );
    expect(values('wanda')).toEqual({ topFraction: 0.05, scope: 'row', utilityTopFraction: null });
    expect(values('safeNeuron')).toEqual({ mode: 'paper', keepFraction: 0.1, promptShare: 1 });
    expect(values('safeLayer')).toMatchObject({ pairs: 500, alpha: 'search' });
    expect(values('nlsr')).toEqual({ mode: 'paper', sparsity: 0.8 });
  });

  it('says what a control for a setting needs', () => {
    expect(setting('{}', 'snip', 'topFraction')).toMatchObject({
      kind: 'number',
      minimum: 0,
      isMinimumOpen: true,
      maximum: 1,
      isMaximumOpen: false,
      isInteger: false,
      isGiven: false,
    });
    expect(setting('{}', 'snip', 'scope')).toMatchObject({
      kind: 'choice',
      options: ['row', 'matrix', 'model'],
    });
    expect(setting('{}', 'safeLayer', 'alpha')).toMatchObject({ kind: 'text', value: 'search' });
    expect(setting('{}', 'safeLayer', 'items')).toMatchObject({
      kind: 'number',
      value: null,
      minimum: 1,
      maximum: null,
    });
    expect(setting('{}', 'safeLayer', 'includeOutputProjection')).toMatchObject({
      kind: 'flag',
      value: true,
    });
    // Lists and sets are for the text.
    expect(setting('{}', 'safeNeuron', 'projections')).toBeUndefined();
    expect(setting('{}', 'safeLayer', 'control')).toBeUndefined();
  });

  it('tells what the file says from what holds by default', () => {
    const text = '{ "methods": [{ "method": "snip", "topFraction": 0.05 }], "sampling": { "seed": 7 } }';
    expect(setting(text, 'snip', 'topFraction')).toMatchObject({ value: 0.05, isGiven: true });
    expect(setting(text, 'snip', 'scope')).toMatchObject({ value: 'row', isGiven: false });
    expect(state(text).settings.sampling.map(({ name, value, isGiven }) => [name, value, isGiven])).toEqual([
      ['count', 128, false],
      ['seed', 7, true],
      ['maxPromptTokens', 256, false],
      ['maxResponseTokens', 128, false],
    ]);
    expect(state(text).settings.experiment).toMatchObject([{ name: 'template', value: 'chat' }]);
  });

  it('lists what rows must have', () => {
    const text = '{ "datasets": [{ "id": "a", "path": ["x", "y"], "where": { "k": ["v", 2], "l": null } }] }';
    expect(state(text).datasets).toMatchObject([
      {
        paths: ['x', 'y'],
        where: [
          { field: 'k', values: ['v', '2'] },
          { field: 'l', values: ['null'] },
        ],
      },
    ]);
  });

  it('shows what can be read of a file that is refused, and why it is', () => {
    const { state: shown, problem } = readSetup(
      '{ "name": "x", "datasets": [{ "path": 5 }, 7], "methods": 3 }',
      FILE,
    );
    expect(shown).toMatchObject({
      name: 'x',
      model: '',
      datasets: [
        { id: '', paths: [] },
        { id: '', paths: [] },
      ],
    });
    expect(problem).toMatchObject({ kind: 'usage', code: 'experiment-invalid' });
  });

  it.each([
    ['', 'experiment-syntax'],
    ['{ "name": ', 'experiment-syntax'],
    ['{ "name": "a", "name": "b" }', 'experiment-duplicate-key'],
    ['[]', 'experiment-invalid'],
  ])('shows nothing of %j', (text, code) => {
    expect(readSetup(text, FILE)).toMatchObject({ state: null, problem: { code } });
  });
});
