import { constants, createReadStream } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { inputError } from '../../protocol/errors';
import { commitFile, temporaryPath } from '../../store/atomicFile';
import { exists } from '../../store/exists';
import { CUDA_FILES, type CudaSource } from './cudaSource';
import { neededLibraries } from './neededLibraries';
import type { RuntimePlace } from './runtimePlace';

/** Libraries of another version load and then do as they like: the two must be of one build. */
const [, WITH_VERSION] = CUDA_FILES;

export type FileState = 'missing' | 'in place' | 'of another version';

export async function cudaState({
  folder,
  version,
}: RuntimePlace): Promise<{ readonly name: string; readonly state: FileState }[]> {
  return Promise.all(
    CUDA_FILES.map(async (name) => {
      const file = path.join(folder, name);
      if (!(await exists(file))) return { name, state: 'missing' as const };
      const isRight = name !== WITH_VERSION || (await holdsText(file, version));
      return { name, state: isRight ? ('in place' as const) : ('of another version' as const) };
    }),
  );
}

/**
 * Copies the files beside the runtime.
 * @throws input errors `cuda-version` and `not-a-library`; nothing is placed then
 */
export async function placeCuda(source: CudaSource, { folder, version }: RuntimePlace): Promise<void> {
  const library = path.join(source.folder, WITH_VERSION);
  const isRight = source.version === null ? await holdsText(library, version) : source.version === version;
  if (!isRight) {
    throw inputError(
      'cuda-version',
      `${source.folder} is of ${source.version === null ? 'another ONNX Runtime' : `ONNX Runtime ${source.version}`}, and this program has ${version}.`,
      `Bring the files of ${version}: pip install onnxruntime-gpu==${version}`,
    );
  }
  for (const name of CUDA_FILES) await neededLibraries(path.join(source.folder, name));
  for (const name of CUDA_FILES) await copyAtomic(path.join(source.folder, name), path.join(folder, name));
}

async function copyAtomic(from: string, to: string): Promise<void> {
  const temporary = temporaryPath(to);
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE);
    await commitFile(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Whether a file has `text` as one of its C strings. */
async function holdsText(file: string, text: string): Promise<boolean> {
  const wanted = Buffer.from(`\0${text}\0`, 'latin1');
  let end: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 22 })) {
    const bytes = Buffer.concat([end, chunk as Buffer]);
    if (bytes.includes(wanted)) return true;
    end = bytes.subarray(-(wanted.length - 1));
  }
  return false;
}
