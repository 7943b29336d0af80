import os from 'node:os';

import { ARCHITECTURES } from '../../core/model/registry';
import type { DoctorReport } from '../../protocol/engine';
import { availableMemory } from '../../store/availableMemory';
import { runtimeVersion } from '../ort/runtime';
import { defaultThreads } from '../ort/threads';
import { tryAll } from './providers/knownProviders';

declare const TOOL_VERSION: string;

/** What this machine can do, each provider really tried. */
export async function doctor(signal?: AbortSignal): Promise<DoctorReport> {
  const providers = await tryAll(signal);
  return {
    versions: { tool: TOOL_VERSION, node: process.versions.node, onnxruntime: runtimeVersion() },
    providers,
    cores: await defaultThreads(),
    totalMemoryBytes: os.totalmem(),
    availableMemoryBytes: availableMemory(),
    architectures: ARCHITECTURES.flatMap(({ modelTypes }) => modelTypes),
  };
}
