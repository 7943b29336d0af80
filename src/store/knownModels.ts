/** Names of the models that this machine has already, for completion. Nothing is opened: only folders are listed. */
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hubCacheRoot } from './hubCacheRoot';

const MOST = 1000;

/** `org/name` of the repositories of models in the local Hugging Face cache that have a snapshot, sorted. */
export async function hubModelNames(cacheRoot = hubCacheRoot()): Promise<string[]> {
  const folders = (await namesIn(cacheRoot)).filter((name) => name.startsWith('models--')).slice(0, MOST);
  const found = await Promise.all(
    folders.map(async (folder) => {
      const snapshots = await namesIn(join(cacheRoot, folder, 'snapshots'));
      return snapshots.length > 0 ? [folder.slice('models--'.length).replaceAll('--', '/')] : [];
    }),
  );
  return found.flat().sort();
}

/** Folders of `root` that hold `file`: config.json of a model, adapter_config.json of an adapter. */
export async function foldersWith(root: string, file: string): Promise<string[]> {
  const names = (await namesIn(root)).slice(0, MOST);
  const found = await Promise.all(
    names.map((name) =>
      access(join(root, name, file)).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return found.flat().sort();
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
