import { describe, expect, it } from 'vitest';
import { ToolError } from '../../../src/protocol/errors';
import {
  SAFE_ID,
  experimentJsonSchema,
  isWeightSettings,
  parseExperiment,
} from '../../../src/core/run/experiment';
import { editDistance, nearest } from '../../../src/core/run/editDistance';

const minimal = `{
  "schemaVersion": 1,
  "name": "small", // a comment
  "model": "models/tiny",
  "datasets": [{ "id": "D0", "path": "a.csv" }],
  "methods": [{ "method": "snip" }],
}`;
const parse = (text: string) => parseExperiment(text, 'x.safety-region.json');
const withField = (field: string) => minimal.replace('"model"', `${field},\n  "model"`);
const withMethods = (methods: string) => minimal.replace('[{ "method": "snip" }]', methods);

function failure(text: string): ToolError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('defaults (CONTRACT section 3)', () => {
  it('fills in everything left out', () => {
    expect(parse(minimal)).toEqual({
      schemaVersion: 1,
      name: 'small',
      model: 'models/tiny',
      datasets: [
        {
          id: 'D0',
          path: ['a.csv'],
          where: null,
          responses: {
            source: 'dataset',
            text: null,
            refusalsOnly: true,
            maxNewTokens: 64,
            judge: 'phrases',
          },
        },
      ],
      utility: null,
      overRejection: null,
      sampling: { count: 128, seed: 0, maxPromptTokens: 256, maxResponseTokens: 128 },
      responses: { source: 'dataset', text: null, refusalsOnly: true, maxNewTokens: 64, judge: 'phrases' },
      similarity: { encoder: null },
      replicates: null,
      template: 'chat',
      methods: [{ method: 'snip', topFraction: 0.05, scope: 'row', utilityTopFraction: 0.05 }],
      engine: {
        provider: 'auto',
        onProviderFailure: 'next',
        threads: 0,
        scoreDtype: 'float32',
        memoryBudgetMiB: null,
        diskBudgetMiB: null,
      },
    });
  });

  it('takes topFraction for a utilityTopFraction left out, and keeps a given 0', () => {
    const [left, given] = parse(
      withMethods('[{"method":"snip","topFraction":0.03},{"method":"wanda","utilityTopFraction":0}]'),
    ).methods.filter(isWeightSettings);
    expect(left!.utilityTopFraction).toBe(0.03);
    expect(given).toMatchObject({ topFraction: 0.05, utilityTopFraction: 0 });
  });

  it('tells a response of null from one left out', () => {
    expect(parse(minimal.replace('"a.csv"', '"a.csv", "response": null')).datasets[0]!.response).toBeNull();
    expect(parse(minimal).datasets[0]).not.toHaveProperty('response');
  });

  it('applies a global fixed response to identification sets only, and lets a set override it', () => {
    const text = withField(
      `"responses": { "source": "fixed", "text": "I cannot." },
       "utility": { "id": "Du", "path": "u.jsonl" }, "overRejection": { "id": "Do", "path": "o.csv" }`,
    ).replace(
      '"a.csv" }',
      '"a.csv" }, { "id": "D1", "path": "b.csv", "responses": { "source": "dataset" } }',
    );
    const { datasets, utility, overRejection } = parse(text);
    expect(datasets[0]!.responses).toMatchObject({ source: 'fixed', text: 'I cannot.' });
    expect(datasets[1]!.responses.source).toBe('dataset');
    expect(utility!.responses).toMatchObject({ source: 'dataset', text: null });
    expect(overRejection!.responses.source).toBe('fixed');
  });

  it('reads its own output again: run.json holds a resolved experiment', () => {
    const once = parse(withField('"responses": { "source": "fixed", "text": "No." }'));
    expect(parse(JSON.stringify(once))).toEqual(once);
  });

  it('accepts a byte order mark, CRLF and comments', () => {
    expect(parse(`\uFEFF/* top */${minimal.replaceAll('\n', '\r\n')}`).name).toBe('small');
  });
});

describe('errors', () => {
  const cases: [what: string, text: string, code: string, message: RegExp, mend: RegExp][] = [
    ['syntax', minimal.replace('"small",', '"small"'), 'experiment-syntax', /json:4:3: not JSON: comma expected/, /./],
    ['an empty file', '', 'experiment-syntax', /json:1:1/, /./],
    ['a duplicate key', withField('"name": "other"'), 'experiment-duplicate-key', /line 4: .*'name' is given twice/, /./],
    ['an unknown key', withField('"samplng": {}'), 'experiment-unknown-key', /line 4.*'samplng'/, /'sampling'/],
    ['an unknown key in a method', withMethods('[{"method":"wanda","topFracton":1}]'), 'experiment-unknown-key', /line 6, methods\[0\].topFracton/, /'topFraction'/],
    ['an unknown key in a set', minimal.replace('"path"', '"prompts":"p","path"'), 'experiment-unknown-key', /datasets\[0\].prompts/, /'prompt'/],
    ['an unknown key of the engine', withField('"engine": {"thread": 2}'), 'experiment-unknown-key', /engine.thread/, /'threads'/],
    ['neurons that the mode has not', withMethods('[{"method":"safeNeuron","mode":"code","projections":["o"]}]'), 'experiment-invalid', /line 6, methods\[0\].projections: the mode 'code' has no neurons of type o/, /paper/],
    ['a fraction of 0', withMethods('[{"method":"snip","topFraction":0}]'), 'experiment-fraction-range', /line 6, methods\[0\].topFraction: 0 .*\(0, 1\]/, /0\.05/],
    ['a fraction in percent', withMethods('[{"method":"snip","topFraction":5}]'), 'experiment-fraction-range', /5 is not a fraction/, /0\.05/],
    ['a negative utility fraction', withMethods('[{"method":"snip","utilityTopFraction":-0.1}]'), 'experiment-fraction-range', /\[0, 1\]/, /./],
    ['a fraction as text', withMethods('[{"method":"snip","topFraction":"0.05"}]'), 'experiment-invalid', /line 6, methods\[0\].topFraction/, /0\.05, without quotes/],
    ['another version', minimal.replace('"schemaVersion": 1', '"schemaVersion": 2'), 'experiment-invalid', /line 2, schemaVersion/, /./],
    ['no model', minimal.replace('"model": "models/tiny",', ''), 'experiment-invalid', /model/, /./],
    ['no dataset', minimal.replace('[{ "id": "D0", "path": "a.csv" }]', '[]'), 'experiment-invalid', /line 5, datasets/, /./],
    ['an id that leaves the folder', minimal.replace('"D0"', '"../D0"'), 'experiment-invalid', /'\.\.\/D0' cannot be a file name/, /letters/],
    ['a count of 0', withField('"sampling": { "count": 0 }'), 'experiment-invalid', /sampling.count/, /./],
    ['an id given twice', minimal.replace('"a.csv" }', '"a.csv" }, {"id":"d0","path":"b.csv"}'), 'experiment-duplicate-id', /line 5, datasets\[1\].id/, /./],
    ["utility's id given twice", withField('"utility": { "id": "D0", "path": "u.csv" }'), 'experiment-duplicate-id', /line 4, utility.id/, /./],
    ['a method listed twice', withMethods('[{"method":"snip"},{"method":"snip","scope":"matrix"}]'), 'experiment-duplicate-method', /methods\[1\]/, /./],
    ['NLSR without an adapter', withMethods('[{"method":"snip"},{"method":"nlsr"}]'), 'adapter-missing', /methods\[1\]: .* needs 'adapter'/, /PEFT/],
    ['an unknown method', withMethods('[{"method":"snap"}]'), 'method-unavailable', /'snap' is unknown; known: snip, wanda/, /./],
    ['fixed without text', withField('"responses": { "source": "fixed" }'), 'experiment-invalid', /line 4, responses: .*text is missing/, /./],
    ["a set's fixed without text", minimal.replace('"a.csv"', '"a.csv", "responses": {"source":"fixed"}'), 'experiment-invalid', /datasets\[0\].responses/, /./],
    ['absurd nesting', '['.repeat(1e5), 'experiment-syntax', /nested too deeply/, /./],
    ['absurd nesting of objects', `${'{"a":'.repeat(2e4)}1${'}'.repeat(2e4)}`, 'experiment-syntax', /nested too deeply/, /./],
    ['an id that Windows takes for a device', minimal.replace('"D0"', '"Nul.a"'), 'experiment-invalid', /'Nul\.a' cannot be a file name/, /nul/],
    ['not an object', '[]', 'experiment-invalid', /line 1/, /./],
  ]; // prettier-ignore
  it.each(cases)('%s', (_, text, code, message, mend) => {
    const error = failure(text);
    expect(error.kind).toBe('usage');
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('x.safety-region.json');
    expect(error.mend).toMatch(mend);
  });
});

it('the JSON Schema lists what a user may write, described, with the defaults', () => {
  const schema = experimentJsonSchema() as {
    required: string[];
    additionalProperties: boolean;
    properties: Record<string, { description?: string; properties?: Record<string, { default?: unknown }> }>;
  };
  expect(schema.required.sort()).toEqual(['datasets', 'methods', 'model', 'name', 'schemaVersion']);
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties.model!.description).toMatch(/hub:/);
  expect(schema.properties.sampling!.properties!.count!.default).toBe(128);
});

it('ids may begin like a device of Windows, not be one', () => {
  for (const id of ['nul', 'CON', 'com1', 'aux.x']) expect(id).not.toMatch(SAFE_ID);
  for (const id of ['nuls', 'con-1', 'com', 'com10', '_aux', 'D0']) expect(id).toMatch(SAFE_ID);
});

it('edit distance counts insertions, deletions and substitutions', () => {
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('abc', 'abc')).toBe(0);
  expect(nearest('topfracton', ['scope', 'topFraction', 'utilityTopFraction'])).toBe('topFraction');
  expect(nearest('x', [])).toBeUndefined();
});
