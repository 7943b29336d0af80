import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { exists } from '../../store/exists';

/** Where the loader of Linux would find libraries: LD_LIBRARY_PATH, then what ldconfig lists. @returns null: nowhere */
export async function findLibraries(
  names: readonly string[],
  searchPath = process.env.LD_LIBRARY_PATH ?? '',
): Promise<{ readonly name: string; readonly file: string | null }[]> {
  const folders = searchPath.split(':').filter((folder) => folder !== '');
  const system = await systemLibraries();
  return Promise.all(
    names.map(async (name) => ({
      name,
      file: (await firstWith(folders, name)) ?? system.get(name) ?? null,
    })),
  );
}

/** Folders of NVIDIA's Python packages beside an environment's onnxruntime that have some of `names`. */
export async function pythonFolders(source: string, names: readonly string[]): Promise<string[]> {
  const packages = path.resolve(source, '../../nvidia');
  const parts = await readdir(packages).catch((): string[] => []);
  const folders = parts.map((part) => path.join(packages, part, 'lib'));
  const useful = await Promise.all(
    folders.map(async (folder) => {
      const has = await Promise.all(names.map((name) => exists(path.join(folder, name))));
      return has.includes(true);
    }),
  );
  return folders.filter((_, i) => useful[i]);
}

async function firstWith(folders: readonly string[], name: string): Promise<string | null> {
  for (const folder of folders) {
    const file = path.join(folder, name);
    if (await exists(file)) return file;
  }
  return null;
}

/** Name -> file, of libraries for x86-64. Without ldconfig none are known. */
async function systemLibraries(): Promise<Map<string, string>> {
  const list = promisify(execFile);
  const { stdout } = await list('/sbin/ldconfig', ['-p']).catch(() => ({ stdout: '' }));
  const lines = stdout.matchAll(/^\s*(\S+) \(([^)]*)\) => (\S+)$/gm);
  return new Map(
    [...lines].flatMap(([, name = '', kind = '', file = '']) =>
      kind.includes('x86-64') ? [[name, file]] : [],
    ),
  );
}
