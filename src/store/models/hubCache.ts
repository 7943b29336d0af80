import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, usageError } from '../../protocol/errors';
import { hubCacheRoot, type Environment } from '../hubCacheRoot';
import { isDirectory } from './pathKind';

/** Where a repository of the hub lies in the local cache; nothing is ever downloaded. */
export interface HubSnapshot {
  readonly directory: string;
  /** The repository's folder in the cache: a snapshot's files are links to blobs within it. */
  readonly repositoryRoot: string;
  readonly commit: string;
}

// Names that the hub gives; none of them can leave a folder.
const REPOSITORY_PART = /^(?!.*(?:\.\.|--))[A-Za-z0-9_][\w.-]*$/;
const REVISION_PART = /^(?!\.\.?$)[\w.+-]+$/;

/**
 * @param name org/name[@revision], without `hub:`; the revision is a branch, a tag or a commit, by default main
 * @throws ToolError bad-model-reference, model-not-found
 */
export async function findHubSnapshot(name: string, environment?: Environment): Promise<HubSnapshot> {
  const [repository = '', revision = 'main', ...rest] = name.split('@');
  const parts = repository.split('/');
  const valid =
    rest.length === 0 &&
    parts.length <= 2 &&
    parts.every((part) => REPOSITORY_PART.test(part)) &&
    revision.split('/').every((part) => REVISION_PART.test(part));
  if (!valid) {
    throw usageError(
      'bad-model-reference',
      `'hub:${name}' is not the name of a model.`,
      'Write hub:org/name or hub:org/name@revision.',
    );
  }
  const cacheRoot = hubCacheRoot(environment);
  const repositoryRoot = join(cacheRoot, `models--${parts.join('--')}`);
  const commit = (await readRef(join(repositoryRoot, 'refs', ...revision.split('/')))) ?? revision;
  const directory = join(repositoryRoot, 'snapshots', commit);
  if (REVISION_PART.test(commit) && (await isDirectory(directory)))
    return { directory, repositoryRoot, commit };
  throw inputError(
    'model-not-found',
    `hub:${name} is not in the local cache ${cacheRoot} (nothing is downloaded).`,
    `Download it first: hf download ${repository}${revision === 'main' ? '' : ` --revision ${revision}`}`,
  );
}

/** The commit that a branch or tag stands for, null where there is no such file. */
async function readRef(path: string): Promise<string | null> {
  try {
    const text = await readFile(path, 'utf8');
    return text.trim();
  } catch {
    return null;
  }
}
