import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { inputError } from '../../../protocol/errors';
import { hasKnownEnding } from './registry';

const MAX_ENTRIES = 100_000;
const MAX_FILES = 10_000;

/**
 * Files named by paths and globs (`*`, `?` inside a name, `**` over folders), in the order listed; those of one
 * glob sorted by name. A path that exists is taken as it is, whatever its characters. A glob sees only what is
 * below its fixed beginning, follows no links to folders, and passes over files of no known format.
 *
 * @returns absolute paths
 * @throws input error `dataset-missing`
 */
export async function expandPaths(paths: readonly string[], baseDir: string): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) files.push(...(await expand(path, baseDir)));
  return files;
}

async function expand(path: string, baseDir: string): Promise<string[]> {
  const whole = resolve(baseDir, path);
  const found = await stat(whole).catch(() => null);
  if (found?.isFile()) return [whole];
  if (found) {
    throw inputError(
      'dataset-missing',
      `${whole} is a folder, not a dataset.`,
      `Name its files with a glob, such as "${path.replace(/\/$/, '')}/*.jsonl".`,
    );
  }
  if (!/[*?]/.test(path)) {
    throw inputError(
      'dataset-missing',
      `There is no dataset ${whole}.`,
      'Correct "path"; it is relative to the experiment file.',
    );
  }
  const matches = await glob(path, baseDir);
  if (matches.length === 0) {
    throw inputError(
      'dataset-missing',
      `No dataset file matches ${whole}.`,
      'Correct the glob in "path"; it is relative to the experiment file.',
    );
  }
  return matches;
}

async function glob(path: string, baseDir: string): Promise<string[]> {
  const parts = (sep === '\\' ? path.replaceAll('\\', '/') : path).split('/').filter((part) => part !== '.');
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const fixed = parts.slice(0, first).join('/');
  const root = isAbsolute(path) ? resolve(`/${fixed}`) : resolve(baseDir, fixed);
  const pattern = globPattern(parts.slice(first));
  const files: string[] = [];
  let seen = 0;
  const walk = async (folder: string, depth: number): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      seen += 1;
      if (seen > MAX_ENTRIES || files.length > MAX_FILES) {
        throw inputError(
          'dataset-too-large',
          `The glob ${path} looks at too many files.`,
          'Make it narrower.',
        );
      }
      const full = join(folder, entry.name);
      const name = relative(root, full).split(sep).join('/');
      if (entry.isDirectory()) {
        if (depth < pattern.depth) await walk(full, depth + 1);
      } else if (pattern.test(name) && hasKnownEnding(name)) {
        // Files may be links (the Hugging Face cache is made of them).
        if (entry.isFile() || (await stat(full).catch(() => null))?.isFile()) files.push(full);
      }
    }
  };
  await walk(root, 1);
  // By code unit, not by locale: the order of rows must be the same everywhere.
  return files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function globPattern(parts: readonly string[]): { test(name: string): boolean; depth: number } {
  const depth = parts.includes('**') ? 64 : parts.length;
  return {
    test: (name) => fits(parts, name.split('/'), '**', nameFits),
    depth,
  };
}

/** Hidden files need a dot. */
const nameFits = (part: string, name: string): boolean =>
  (part.startsWith('.') || !name.startsWith('.')) &&
  fits(Array.from(part), Array.from(name), '*', (sign, letter) => sign === '?' || sign === letter);

/** Greedy match with one point to go back to, so that many stars cannot make it slow: `star` stands for any items. */
function fits(
  pattern: readonly string[],
  items: readonly string[],
  star: string,
  isOne: (part: string, item: string) => boolean,
): boolean {
  let p = 0;
  let n = 0;
  let last = -1;
  let from = 0;
  for (let item; (item = items[n]) !== undefined;) {
    const part = pattern[p];
    if (part === star) {
      last = p++;
      from = n;
    } else if (part !== undefined && isOne(part, item)) {
      p++;
      n++;
    } else if (last >= 0) {
      p = last + 1;
      n = ++from;
    } else {
      return false;
    }
  }
  while (pattern[p] === star) p++;
  return p === pattern.length;
}
