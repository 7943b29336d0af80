import { expect, it } from 'vitest';
import { fieldValue, listFields, valueText } from '../../../src/engine/formats/datasets/fieldPath';

const row = {
  instruction: 'do',
  instances: [{ input: '', output: 'done' }],
  'a.b': 'flat',
  a: { b: 'deep', 'c d': [['x', 'y']] },
  list: ['u', 'v'],
};

it.each([
  ['instruction', 'do'],
  ['instances[0].output', 'done'],
  ['instances[0].input', ''],
  ['a.b', 'flat'],
  ['a.c d[0][1]', 'y'],
  ['list[1]', 'v'],
  ['instances[1].output', undefined],
  ['instances.output', undefined],
  ['list.length', undefined],
  ['list.1', undefined],
  ['a[0]', undefined],
  ['constructor', undefined],
  ['a.__proto__', undefined],
  ['instruction.length', undefined],
  ['[', undefined],
  ['', undefined],
])('%s is %j', (path, value) => expect(fieldValue(row, path)).toBe(value));

it('lists the paths to scalars', () => {
  expect(listFields([row, { other: null }])).toEqual([
    'instruction',
    'instances[0].input',
    'instances[0].output',
    'a.b',
    'a.c d[0][0]',
    'list[0]',
    'other',
  ]);
});

it.each([
  ['x', 'x'],
  [1.5, '1.5'],
  [true, 'true'],
  [2n ** 60n, '1152921504606846976'],
  [null, null],
  [undefined, null],
  [['a', 1n], '["a",1]'],
])('text of %s', (value, text) => expect(valueText(value)).toBe(text));
