import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as z from 'zod';

import { engineError, usageError } from '../../protocol/errors';

export interface RuntimePlace {
  /** Of onnxruntime-node. */
  readonly version: string;
  /** Absolute: where its native libraries lie, and look for those of providers. */
  readonly folder: string;
}

/**
 * The ONNX Runtime that the engine loads.
 * @throws usage error `cuda-platform`; engine error `runtime-missing`
 */
export async function runtimePlace(
  enginePath: string,
  system: string = `${process.platform}/${process.arch}`,
): Promise<RuntimePlace> {
  // scripts/install-metadata.js of onnxruntime-node knows CUDA libraries of no other system.
  if (system !== 'linux/x64') {
    throw usageError(
      'cuda-platform',
      `ONNX Runtime for Node.js has CUDA on linux/x64 only; this is ${system}.`,
      'Use --provider webgpu there.',
    );
  }
  try {
    const file = createRequire(enginePath).resolve('onnxruntime-node/package.json');
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile(file, 'utf8')));
    return { version, folder: path.join(path.dirname(file), 'bin', 'napi-v6', system) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw engineError(
      'runtime-missing',
      `ONNX Runtime was not found beside ${enginePath}: ${reason}`,
      'Install again.',
    );
  }
}
