import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { inputError, usageError } from '../../protocol/errors';
import { findHubSnapshot, hubCacheRoot } from './hubCache';

export interface ModelLocation {
  /** Absolute. */
  readonly directory: string;
  /** Real paths of the folders in which the model's files must lie, links followed. */
  readonly roots: readonly string[];
}

/**
 * Finds the directory that an experiment's `model` means: a path relative to `baseDir` or absolute, `embedded:NAME`,
 * or `hub:org/name[@revision]` in the local Hugging Face cache.
 * @throws ToolError bad-model-reference, model-not-found
 */
export async function locateModel(
  reference: string,
  baseDir: string,
  embeddedRoot: string,
): Promise<ModelLocation> {
  const [, scheme, name = ''] = /^(embedded|hub):(.*)$/s.exec(reference) ?? [];
  if (scheme === 'hub') {
    const { directory, repositoryRoot } = await findHubSnapshot(name);
    return { directory, roots: [await realpath(repositoryRoot)] };
  }
  if (scheme === 'embedded' && !/^(?!\.)[\w.-]+$/.test(name)) {
    throw usageError(
      'bad-model-reference',
      `'${reference}' names no embedded model.`,
      'Write embedded:NAME.',
    );
  }
  const directory = scheme === 'embedded' ? join(embeddedRoot, name) : resolve(baseDir, reference);
  if (scheme === 'embedded' && !(await isDirectory(directory))) {
    const known = await embeddedModels(embeddedRoot);
    const mend = known.length > 0 ? `Embedded are: ${known.join(', ')}.` : 'Name a directory instead.';
    throw inputError('model-not-found', `There is no embedded model '${name}'.`, mend);
  }
  if (reference === '' || !(await isDirectory(directory))) {
    throw inputError(
      'model-not-found',
      `There is no model directory ${directory}.`,
      'Name a directory with config.json and model.safetensors, embedded:NAME, or hub:org/name.',
    );
  }
  const real = await realpath(directory);
  // A directory filled by older download tools has links into the user's own cache.
  const cache = await realpath(hubCacheRoot()).catch(() => null);
  return { directory, roots: [snapshotRepository(real) ?? real, ...(cache === null ? [] : [cache])] };
}

/** Names of the folders of `root` that hold a model. */
async function embeddedModels(root: string): Promise<string[]> {
  const names = await readdir(root).catch(() => []);
  const isModel = await Promise.all(
    names.map((name) =>
      stat(join(root, name, 'config.json')).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, i) => isModel[i]).sort();
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

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
