import path from 'node:path';

import { inputError } from '../../../protocol/errors';
import { findFile, type ModelFile } from '../../../store/models/modelFiles';
import { embeddedNames, locate, type ModelLocation } from '../../../store/models/modelReference';
import { isFile } from '../../../store/models/pathKind';

export const CONFIG_FILE = 'adapter_config.json';
export const WEIGHTS_FILE = 'adapter_model.safetensors';

/**
 * Finds the directory that an experiment's `adapter` means: a path, `embedded:NAME`, or `hub:org/name[@revision]`.
 * @throws ToolError bad-adapter-reference, adapter-not-found, and those of `findHubSnapshot`
 */
export function locateAdapter(
  reference: string,
  baseDir: string,
  embeddedRoot: string,
): Promise<ModelLocation> {
  return locate('adapter', reference, baseDir, embeddedRoot, async (directory) => {
    const file = path.join(directory, CONFIG_FILE);
    if (await isFile(file)) return;
    const known = await embeddedNames(embeddedRoot, CONFIG_FILE);
    const also = known.length > 0 ? `; embedded are: ${known.join(', ')}` : '';
    throw inputError(
      'adapter-not-found',
      `There is no adapter '${reference}': ${file} does not exist.`,
      `Name a directory that PEFT's save_pretrained wrote, or hub:org/name${also}.`,
    );
  });
}

/**
 * A file of the adapter's directory. Its real place must be one that the adapter may use.
 * @throws ToolError adapter-file-missing, adapter-file-outside
 */
export async function adapterFile(location: ModelLocation, name: string): Promise<ModelFile> {
  const found = await findFile(location, name, 'adapter');
  if (found) return found;
  throw inputError(
    'adapter-file-missing',
    `${path.join(location.directory, name)} is missing.`,
    'Save the adapter with save_pretrained(..., safe_serialization=True), or copy all of its files.',
  );
}
