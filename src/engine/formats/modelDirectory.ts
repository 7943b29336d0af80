import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { CheckedConfig } from '../../core/model/checkedConfig';
import type { DecoderSpec } from '../../core/model/decoderSpec';
import { parameterCount, parameterShapes } from '../../core/model/parameterShapes';
import { describeModel } from '../../core/model/registry';
import { cancelledError } from '../../protocol/errors';
import { readModelFiles, type ModelFile } from '../../store/models/modelFiles';
import { locateModel } from '../../store/models/modelReference';
import { ModelWeights, type TensorInfo } from './modelWeights';
import { checkTiedHead } from './tiedHead';
import { unusedTensors } from './unusedTensors';

export interface OpenModelOptions {
  /** Folder of the models that come with the extension, for `embedded:NAME`. */
  readonly embeddedRoot: string;
}

/** An open model: its description is in memory, its weights are read from the files by ranges. */
export interface ModelSource {
  /** As it was given. */
  readonly reference: string;
  /** Absolute. */
  readonly directory: string;
  /** config.json as it is. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly spec: DecoderSpec;
  /** Parameters of the spec, a tied head counted once. */
  readonly parameterCount: number;
  /** Names of stored tensors that the spec has no place for. */
  readonly unusedTensors: readonly string[];
  /** Config, tokenizer and weight files: what identifies the model. */
  readonly files: readonly ModelFile[];
  /** @throws ToolError tensor-missing */
  tensorInfo(name: string): TensorInfo;
  /** See `ModelWeights.readFloat32`. */
  readFloat32(name: string, into: Float32Array, firstElement?: number): Promise<void>;
  /** See `ModelWeights.readRows`. */
  readRows(name: string, rowIndices: ArrayLike<number>, into: Float32Array): Promise<void>;
  /** SHA-256 of every one of `files`, hexadecimal, by name. @throws ToolError cancelled */
  sha256(
    signal?: AbortSignal,
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<Record<string, string>>;
  close(): Promise<void>;
}

const HASH_CHUNK_BYTES = 1 << 22;

/**
 * Opens a model and checks that every parameter of its architecture is there with its shape and a readable dtype.
 * @param reference path (absolute, or relative to `baseDir`), `embedded:NAME` or `hub:org/name[@revision]`
 * @throws ToolError with the codes of `locateModel`, `readModelFiles`, `describeModel` and `openSafetensors`, and
 *   tensor-missing, tensor-shape, tensor-dtype, head-not-tied
 */
export async function openModel(
  reference: string,
  baseDir: string,
  { embeddedRoot }: OpenModelOptions,
): Promise<ModelSource> {
  const location = await locateModel(reference, baseDir, embeddedRoot);
  const modelFiles = await readModelFiles(location);
  const [configFile] = modelFiles.files;
  const config = CheckedConfig.of(modelFiles.config, configFile?.path ?? location.directory);
  const weights = await ModelWeights.open(modelFiles);
  let spec: DecoderSpec;
  try {
    spec = describeModel(config, weights);
    for (const { name, shape } of parameterShapes(spec)) weights.check(name, shape);
    await checkTiedHead(weights, spec, config.file);
  } catch (thrown) {
    await weights.close();
    throw thrown;
  }
  return {
    reference,
    directory: location.directory,
    config: modelFiles.config as Record<string, unknown>,
    spec,
    parameterCount: parameterCount(spec),
    unusedTensors: unusedTensors(weights.names(), spec),
    files: modelFiles.files,
    tensorInfo: (name) => weights.info(name),
    readFloat32: (name, into, firstElement) => weights.readFloat32(name, into, firstElement),
    readRows: (name, rowIndices, into) => weights.readRows(name, rowIndices, into),
    sha256: (signal, onProgress) => hashFiles(modelFiles.files, signal, onProgress),
    close: () => weights.close(),
  };
}

async function hashFiles(
  files: readonly ModelFile[],
  signal: AbortSignal | undefined,
  onProgress: ((doneBytes: number, totalBytes: number) => void) | undefined,
): Promise<Record<string, string>> {
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const chunk = new Uint8Array(HASH_CHUNK_BYTES);
  const digests: Record<string, string> = {};
  let doneBytes = 0;
  for (const { name, path } of files) {
    const hash = createHash('sha256');
    const handle = await open(path, 'r');
    try {
      for (let bytesRead = -1; bytesRead !== 0;) {
        if (signal?.aborted) throw cancelledError();
        ({ bytesRead } = await handle.read(chunk, 0, chunk.length));
        hash.update(chunk.subarray(0, bytesRead));
        doneBytes += bytesRead;
        onProgress?.(doneBytes, totalBytes);
      }
    } finally {
      await handle.close();
    }
    digests[name] = hash.digest('hex');
  }
  return digests;
}
