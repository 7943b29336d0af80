import { readdir, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { inputError, usageError } from '../../protocol/errors';
import { hubCacheRoot } from '../hubCacheRoot';
import { findHubSnapshot } from './hubCache';
import { isDirectory, isFile } from './pathKind';

export interface ModelLocation {
  /** Absolute. */
  readonly directory: string;
  /** Real paths of the folders in which the model's files must lie, links followed. */
  readonly roots: readonly string[];
}

/** What is looked for: it is in the codes and the messages of errors. */
export type Located = 'model' | 'adapter';

/**
 * Finds the directory that an experiment's `model` means: a path relative to `baseDir` or absolute, `embedded:NAME`,
 * or `hub:org/name[@revision]` in the local Hugging Face cache.
 * @throws ToolError bad-model-reference, model-not-found
 */
export function locateModel(
  reference: string,
  baseDir: string,
  embeddedRoot: string,
): Promise<ModelLocation> {
  return locate('model', reference, baseDir, embeddedRoot, async (directory, embeddedName) => {
    if (reference !== '' && (await isDirectory(directory))) return;
    if (embeddedName !== null) {
      const known = await embeddedNames(embeddedRoot, 'config.json');
      const mend = known.length > 0 ? `Embedded are: ${known.join(', ')}.` : 'Name a directory instead.';
      throw inputError('model-not-found', `There is no embedded model '${embeddedName}'.`, mend);
    }
    throw inputError(
      'model-not-found',
      `There is no model directory ${directory}.`,
      'Name a directory with config.json and model.safetensors, embedded:NAME, or hub:org/name.',
    );
  });
}

/**
 * What a reference of any of the three forms means.
 * @param check throws where the directory holds nothing of the kind; the name is null for a path
 * @throws ToolError bad-model-reference, bad-adapter-reference, those of `findHubSnapshot` and of `check`
 */
export async function locate(
  what: Located,
  reference: string,
  baseDir: string,
  embeddedRoot: string,
  check: (directory: string, embeddedName: string | null) => Promise<void>,
): Promise<ModelLocation> {
  const [, scheme, name = ''] = /^(embedded|hub):(.*)$/s.exec(reference) ?? [];
  if (scheme === 'hub') {
    const { directory, repositoryRoot } = await findHubSnapshot(name);
    return { directory, roots: [await realpath(repositoryRoot)] };
  }
  const isEmbedded = scheme === 'embedded';
  if (isEmbedded && !/^(?!\.)[\w.-]+$/.test(name)) {
    throw usageError(
      `bad-${what}-reference`,
      `'${reference}' names no embedded ${what}.`,
      'Write embedded:NAME.',
    );
  }
  const directory = isEmbedded ? join(embeddedRoot, name) : resolve(baseDir, reference);
  await check(directory, isEmbedded ? name : null);
  const real = await realpath(directory);
  // A directory filled by older download tools has links into the user's own cache.
  const cache = await realpath(hubCacheRoot()).catch(() => null);
  return { directory, roots: [snapshotRepository(real) ?? real, ...(cache === null ? [] : [cache])] };
}

/** Names of the folders of `root` that hold a file of that name. */
export async function embeddedNames(root: string, file: string): Promise<string[]> {
  const names = await readdir(root).catch((): string[] => []);
  const holds = await Promise.all(names.map((name) => isFile(join(root, name, file))));
  return names.filter((_, i) => holds[i]).sort();
}

/** Whether `path` is `root` or lies below it; both are real paths. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The repository's folder where `directory` is a snapshot in some hub cache: models--NAME/snapshots/COMMIT. */
function snapshotRepository(directory: string): string | null {
  const snapshots = dirname(directory);
  const repository = dirname(snapshots);
  return basename(snapshots) === 'snapshots' && basename(repository).startsWith('models--')
    ? repository
    : null;
}
