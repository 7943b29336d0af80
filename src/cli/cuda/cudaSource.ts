import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { inputError } from '../../protocol/errors';
import { exists } from '../../store/exists';

/** Of ONNX Runtime's CUDA provider. The package that holds them has one for TensorRT, too, which nobody here asks for. */
export const CUDA_FILES = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

export interface CudaSource {
  /** Absolute: has all of `CUDA_FILES`. */
  readonly folder: string;
  /** As what lies beside it says; null where nothing does. */
  readonly version: string | null;
}

/** Where the files lie in what people have: the folder itself, a Python environment, an unpacked archive or NuGet package. */
const PLACES = ['.', 'lib', 'capi', 'onnxruntime/capi', 'runtimes/linux-x64/native'];

/**
 * @param given absolute path of a folder, or of one of the files
 * @throws input error `cuda-files-missing` that says what is not where
 */
export async function findCudaSource(given: string): Promise<CudaSource> {
  const root = given.endsWith('.so') ? path.dirname(given) : given;
  const packages = await pythonPackages(root);
  const folders = [
    ...PLACES.map((place) => path.join(root, place)),
    ...packages.map((site) => path.join(site, 'onnxruntime/capi')),
  ];
  const missing = await Promise.all(folders.map(missingIn));
  const whole = folders.find((_, i) => missing[i]?.length === 0);
  if (whole !== undefined) return { folder: whole, version: await versionBeside(whole) };
  const partly = folders.findIndex((_, i) => (missing[i]?.length ?? 0) < CUDA_FILES.length);
  throw inputError(
    'cuda-files-missing',
    partly < 0
      ? `${given} has no ${CUDA_FILES.join(' and no ')}, nor has a folder of a Python environment or package below it.`
      : `${folders[partly] ?? ''} lacks ${missing[partly]?.join(' and ') ?? ''}.`,
    'Name a Python environment with onnxruntime-gpu, or the folder that the package was unpacked to.',
  );
}

async function missingIn(folder: string): Promise<string[]> {
  const found = await Promise.all(CUDA_FILES.map((name) => exists(path.join(folder, name))));
  return CUDA_FILES.filter((_, i) => !found[i]);
}

/** lib/python3.X/site-packages of an environment, or the folder itself. */
async function pythonPackages(root: string): Promise<string[]> {
  const lib = path.join(root, 'lib');
  const versions = (await namesIn(lib)).filter((name) => /^python3\.\d+$/.test(name));
  return versions.map((name) => path.join(lib, name, 'site-packages'));
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch((): string[] => []);

const NUMBER = String.raw`\d+\.\d+\.\d+`;

/** The library that belongs to them has its version in its name; wheel, archive and NuGet package say theirs, too. */
async function versionBeside(folder: string): Promise<string | null> {
  const parents = [
    folder,
    path.dirname(folder),
    path.resolve(folder, '../..'),
    path.resolve(folder, '../../..'),
  ];
  const patterns = [
    new RegExp(`^libonnxruntime\\.so\\.(${NUMBER})$`),
    new RegExp(`^onnxruntime_gpu-(${NUMBER})\\.dist-info$`),
  ];
  for (const parent of parents) {
    for (const name of await namesIn(parent)) {
      for (const pattern of patterns) {
        const version = pattern.exec(name)?.[1];
        if (version !== undefined) return version;
      }
    }
    const told =
      (await textOf(path.join(parent, 'VERSION_NUMBER'))) ??
      (await textOf(path.join(parent, 'Microsoft.ML.OnnxRuntime.Gpu.Linux.nuspec')));
    const version =
      told === null ? undefined : new RegExp(`(?:<version>|^)(${NUMBER})\\b`, 'm').exec(told)?.[1];
    if (version !== undefined) return version;
  }
  return null;
}

const textOf = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);
