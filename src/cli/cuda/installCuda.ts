/** `doctor --install cuda`: what CUDA needs here, and files that the user has put in their place. Nothing is downloaded. */
import path from 'node:path';

import type { ProviderVerdict } from '../../protocol/engine';
import { inputError } from '../../protocol/errors';
import { columns } from '../columns';
import { CUDA_FILES, findCudaSource, type CudaSource } from './cudaSource';
import { findLibraries, pythonFolders } from './findLibraries';
import { neededLibraries } from './neededLibraries';
import { cudaState, placeCuda } from './placeCuda';
import { runtimePlace, type RuntimePlace } from './runtimePlace';

export interface InstallParts {
  readonly enginePath: string;
  /** Absolute; null: only say what is needed. */
  readonly from: string | null;
  readonly print: (text: string) => void;
  /** Runs a graph on CUDA, once its files are there. */
  readonly tryCuda: () => Promise<Pick<ProviderVerdict, 'usable' | 'detail'>>;
}

/** @throws input errors of the files, `cuda-files-missing` and `cuda-unusable`; usage error `cuda-platform` */
export async function installCuda({ enginePath, from, print, tryCuda }: InstallParts): Promise<void> {
  const place = await runtimePlace(enginePath);
  print(`ONNX Runtime ${place.version}, whose libraries lie in ${place.folder}`);
  const source = from === null ? null : await findCudaSource(from);
  if (source) {
    await placeCuda(source, place);
    print(`Copied from ${source.folder}: ${CUDA_FILES.join(', ')}`);
  }
  const files = await cudaState(place);
  print(
    columns(
      ['file', 'state'],
      files.map(({ name, state }) => [name, state]),
    ),
  );
  const lacking = files.filter(({ state }) => state !== 'in place');
  if (lacking.length > 0) throw lacks(place, lacking);
  const absent = await tellNeeds(place, print);
  const { usable, detail } = await tryCuda();
  print(`Tried: ${detail}`);
  if (!usable) throw unusable(detail, absent, await hint(source, absent));
}

/** @returns names of the libraries that are nowhere */
async function tellNeeds({ folder }: RuntimePlace, print: (text: string) => void): Promise<string[]> {
  const needed = await Promise.all(CUDA_FILES.map((name) => neededLibraries(path.join(folder, name))));
  const found = await findLibraries([...new Set(needed.flat())]);
  print(
    columns(
      ['they need', 'found'],
      found.map(({ name, file }) => [name, file ?? 'nowhere']),
    ),
  );
  return found.filter(({ file }) => file === null).map(({ name }) => name);
}

const lacks = ({ version, folder }: RuntimePlace, files: Awaited<ReturnType<typeof cudaState>>) =>
  inputError(
    'cuda-files-missing',
    `CUDA needs files of exactly ${version} in ${folder}: ${files.map(({ name, state }) => `${name} (${state})`).join(', ')}. ` +
      `They are in the Python package onnxruntime-gpu ${version} (onnxruntime/capi) and in the NuGet package ` +
      `Microsoft.ML.OnnxRuntime.Gpu.Linux ${version} (runtimes/linux-x64/native). Nothing is downloaded.`,
    'With one of them on disk: safety-region doctor --install cuda --from FOLDER',
  );

const unusable = (detail: string, absent: readonly string[], where: string) =>
  inputError(
    'cuda-unusable',
    `The files are in place, and CUDA does not work: ${detail}.`,
    absent.length === 0
      ? 'Check the driver of the GPU with nvidia-smi.'
      : `Install ${absent.join(', ')} (NVIDIA's CUDA and driver)${where}.`,
  );

async function hint(source: CudaSource | null, absent: readonly string[]): Promise<string> {
  const folders = source ? await pythonFolders(source.folder, absent) : [];
  return folders.length === 0 ? '' : `, or start with LD_LIBRARY_PATH=${folders.join(':')}`;
}
