import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const readJson = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

describe('strings that translators get', () => {
  it('are all those that src/host shows, and no others', () => {
    const files = readdirSync('src/host', { recursive: true, encoding: 'utf8' });
    const shown = files
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => {
        const source = readFileSync(path.join('src/host', file), 'utf8');
        return [...source.matchAll(/l10n\.t\(\s*'([^']*)'/g)].map(([, text]) => text);
      });
    expect(shown.length).toBeGreaterThan(10);
    expect(Object.keys(readJson('l10n/bundle.l10n.json')).toSorted()).toEqual([...new Set(shown)].toSorted());
  });

  it('of package.json are all in package.nls.json, and no others', () => {
    const used = [...readFileSync('package.json', 'utf8').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    expect(Object.keys(readJson('package.nls.json')).toSorted()).toEqual([...new Set(used)].toSorted());
  });
});
