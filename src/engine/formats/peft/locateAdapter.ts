import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

import { inputError, usageError, type ToolError } from '../../../protocol/errors';
import { findHubSnapshot, hubCacheRoot } from '../hubCache';
import { isWithin, type ModelLocation } from '../modelReference';

export const CONFIG_FILE = 'adapter_config.json';
export const WEIGHTS_FILE = 'adapter_model.safetensors';

export interface AdapterFile {
  readonly name: string;
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * Finds the directory that an experiment's `adapter` means: a path, `embedded:NAME`, or `hub:org/name[@revision]`.
 * @throws ToolError bad-adapter-reference, adapter-not-found, and those of `findHubSnapshot`
 */
export async function locateAdapter(
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
      'bad-adapter-reference',
      `'${reference}' names no embedded adapter.`,
      'Write embedded:NAME.',
    );
  }
  const directory = scheme === 'embedded' ? path.join(embeddedRoot, name) : path.resolve(baseDir, reference);
  if (!(await isFile(path.join(directory, CONFIG_FILE))))
    throw await notFound(reference, directory, embeddedRoot);
  const real = await realpath(directory);
  const cache = await realpath(hubCacheRoot()).catch(() => null);
  return { directory, roots: [real, ...(cache === null ? [] : [cache])] };
}

async function notFound(reference: string, directory: string, embeddedRoot: string): Promise<ToolError> {
  const names = await readdir(embeddedRoot).catch((): string[] => []);
  const isAdapter = await Promise.all(
    names.map((name) => isFile(path.join(embeddedRoot, name, CONFIG_FILE))),
  );
  const known = names.filter((_, index) => isAdapter[index]).sort();
  const also = known.length > 0 ? `; embedded are: ${known.join(', ')}` : '';
  return inputError(
    'adapter-not-found',
    `There is no adapter '${reference}': ${path.join(directory, CONFIG_FILE)} does not exist.`,
    `Name a directory that PEFT's save_pretrained wrote, or hub:org/name${also}.`,
  );
}

/**
 * A file of the adapter's directory. Its real place must be one that the adapter may use.
 * @throws ToolError adapter-file-missing, adapter-file-outside
 */
export async function adapterFile({ directory, roots }: ModelLocation, name: string): Promise<AdapterFile> {
  const file = path.join(directory, name);
  const real = await realpath(file).catch(() => null);
  if (real === null || !(await isFile(real))) {
    throw inputError(
      'adapter-file-missing',
      `${file} is missing.`,
      'Save the adapter with save_pretrained(..., safe_serialization=True), or copy all of its files.',
    );
  }
  if (!roots.some((root) => isWithin(root, real))) {
    throw inputError(
      'adapter-file-outside',
      `${file} is a link to ${real}, outside the adapter's directory.`,
      'Copy the file into the directory, or name the directory that holds it.',
    );
  }
  return { name, path: file, bytes: (await stat(real)).size };
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
}
