import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../..');

/** What each folder may import of ours (docs/architecture.md); a folder may always import itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/protocol': [],
  'src/core': ['src/protocol'],
  'src/store': ['src/protocol', 'src/core'],
  'src/engine': ['src/protocol', 'src/core', 'src/store'],
  'src/host': ['src/protocol', 'src/core', 'src/store'],
  'src/cli': ['src/protocol', 'src/core', 'src/store'],
  webview: ['src/protocol', 'src/core'],
};

/** Packages that only one place may import. */
const SOLE_IMPORTERS: Readonly<Record<string, string>> = {
  vscode: 'src/host/',
  'onnxruntime-node': 'src/engine/ort/',
  '@vscode/webview-ui-toolkit': 'webview/explorer/ui.ts',
};

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function importsIn(folder: string): Import[] {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(folder, name.replaceAll('\\', '/')));
  return files.flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    const found = text.matchAll(/(?:from|import|import\()\s*'([^']+)'/g);
    return [...found].map(([, specifier = '']) => ({ file, specifier }));
  });
}

const folderOf = (file: string): string =>
  Object.keys(ALLOWED).find((folder) => file.startsWith(`${folder}/`)) ?? file;

const resolveFrom = (file: string, specifier: string): string =>
  path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));

const all = Object.keys(ALLOWED).flatMap(importsIn);

describe('the direction of imports', () => {
  it('sees the source', () => {
    expect(all.length).toBeGreaterThan(300);
  });

  it.each(Object.entries(ALLOWED))('%s imports only what is below it', (folder, allowed) => {
    const wrong = all
      .filter(({ file, specifier }) => folderOf(file) === folder && specifier.startsWith('.'))
      .map(({ file, specifier }) => ({ file, target: folderOf(resolveFrom(file, specifier)) }))
      .filter(({ target }) => target in ALLOWED && target !== folder && !allowed.includes(target));
    expect(wrong).toEqual([]);
  });

  it.each(['src/protocol', 'src/core', 'webview'])('%s needs no Node', (folder) => {
    const wrong = all.filter(
      ({ file, specifier }) => folderOf(file) === folder && specifier.startsWith('node:'),
    );
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(SOLE_IMPORTERS))('%s has one importer', (name, place) => {
    const importers = all.filter(({ specifier }) => specifier === name || specifier.startsWith(`${name}/`));
    expect(importers.length).toBeGreaterThan(0);
    expect(importers.filter(({ file }) => !file.startsWith(place))).toEqual([]);
  });
});
