import { expect, it } from 'vitest';
import { parseExperiment } from '../../../src/core/run/experiment';
import { experimentDefaults, type Defaults } from '../../../src/core/run/experimentDefaults';

const base = {
  schemaVersion: 1,
  name: 'x',
  model: 'm',
  datasets: [{ id: 'D0', path: 'a.csv' }],
  methods: [{ method: 'snip' }],
};
const defaultsOf = (changes: object): Defaults => {
  const given = { ...base, ...changes };
  return experimentDefaults(given, parseExperiment(JSON.stringify(given), 'x.json'));
};

it('lists what the file leaves out, with the value in effect', () => {
  const defaults = defaultsOf({ sampling: { count: 7 } });
  expect(defaults).toMatchObject({
    template: 'chat',
    'sampling.seed': 0,
    'responses.source': 'dataset',
    'responses.refusalsOnly': true,
    'methods[0].topFraction': 0.05,
    'methods[0].scope': 'row',
    'methods[0].utilityTopFraction': 0.05,
    'engine.provider': 'auto',
    utility: null,
  });
  for (const given of ['sampling.count', 'name', 'datasets[0].id', 'datasets[0].path', 'methods[0].method']) {
    expect(defaults).not.toHaveProperty([given]);
  }
  expect(Object.keys(defaults).filter((path) => path.startsWith('datasets[0].responses'))).toEqual([]);
});

it('does not list what is given, in whatever form', () => {
  const defaults = defaultsOf({
    datasets: [{ id: 'D0', path: ['a.csv', 'b.csv'], where: { kind: 'x' } }],
    methods: [{ method: 'snip', topFraction: 0.1, scope: 'matrix' }],
    utility: null,
    engine: { threads: 0 },
  });
  const paths = Object.keys(defaults);
  expect(paths.filter((path) => path.startsWith('datasets[0].'))).toEqual([]);
  expect(paths.filter((path) => path.startsWith('methods[0].'))).toEqual(['methods[0].utilityTopFraction']);
  expect(defaults['methods[0].utilityTopFraction']).toBe(0.1);
  expect(paths).not.toContain('utility');
  expect(paths).not.toContain('engine.threads');
});

it("lists of a set's own responses what differs from the experiment's and was not given", () => {
  const defaults = defaultsOf({
    responses: { source: 'fixed', text: 'No.' },
    utility: { id: 'Du', path: 'u.csv' },
    datasets: [{ id: 'D0', path: 'a.csv', responses: { maxNewTokens: 5 } }],
  });
  expect(defaults['utility.responses.source']).toBe('dataset');
  expect(defaults).not.toHaveProperty(['datasets[0].responses.maxNewTokens']);
  expect(defaults).not.toHaveProperty(['responses.source']);
});
