import os from 'node:os';

import { ARCHITECTURES } from '../../core/model/registry';
import type { DoctorReport, ProviderVerdict } from '../../protocol/engine';
import { availableMemory } from '../../store/availableMemory';
import { GraphBuilder } from '../graph/graphBuilder';
import { add } from '../graph/ops';
import { compileProgram, runtimeVersion } from '../ort/runtime';
import { defaultThreads } from '../ort/threads';

declare const TOOL_VERSION: string;

/** Named so that nobody looks for the fault in the machine. */
const NOT_YET = (['cuda', 'webgpu', 'dml', 'coreml'] as const).map((name): ProviderVerdict => ({
  name,
  usable: false,
  detail: 'not in this version',
}));

/** What this machine can do, each provider really tried. */
export async function doctor(): Promise<DoctorReport> {
  return {
    versions: { tool: TOOL_VERSION, node: process.versions.node, onnxruntime: runtimeVersion() },
    providers: [await tryCpu(), ...NOT_YET],
    cores: await defaultThreads(),
    totalMemoryBytes: os.totalmem(),
    availableMemoryBytes: availableMemory(),
    architectures: ARCHITECTURES.flatMap(({ modelTypes }) => modelTypes),
  };
}

async function tryCpu(): Promise<ProviderVerdict> {
  try {
    const b = new GraphBuilder('doctor');
    const x = b.input('x', [1]);
    b.output('sum', add(b, x, x));
    const program = await compileProgram(b, { threads: 1 });
    const sum = Float32Array.of(0);
    await program.run({ x: { data: Float32Array.of(21), dims: [1] } }, { sum: { data: sum, dims: [1] } });
    await program.release();
    return sum[0] === 42
      ? { name: 'cpu', usable: true, detail: 'ran a graph' }
      : { name: 'cpu', usable: false, detail: `21 + 21 came out as ${sum[0]}` };
  } catch (error) {
    return { name: 'cpu', usable: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
