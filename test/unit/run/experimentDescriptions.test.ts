import { expect, it } from 'vitest';
import { experimentJsonSchema } from '../../../src/core/run/experiment';

/** Paths of the properties that an editor could say nothing about. */
function undescribed(schema: unknown, path: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    if (key !== 'properties') return undescribed(value, key === 'items' ? `${path}[]` : path);
    return Object.entries(value as object).flatMap(([name, property]: [string, unknown]) => {
      const own = `${path}.${name}`;
      const isDescribed = /"(?:description|\$ref)":/.test(JSON.stringify(property, ['description', '$ref']));
      return [...(isDescribed ? [] : [own]), ...undescribed(property, own)];
    });
  });
}

it('says of every field of an experiment what it is', () => {
  const schema = experimentJsonSchema();
  expect(JSON.stringify(schema).match(/"description":/g)!.length).toBeGreaterThan(60);
  expect(undescribed(schema, '')).toEqual([]);
});

it('finds a field without a description', () => {
  expect(
    undescribed({ properties: { a: { type: 'string', items: { properties: { b: {} } } } } }, ''),
  ).toEqual(['.a', '.a[].b']);
});
