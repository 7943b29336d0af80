/** A thread with an ONNX Runtime of its own: see lanes.ts, which starts it and says why. */
import { parentPort, workerData } from 'node:worker_threads';

import { ToolError } from '../../protocol/errors';
import { GraphBuilder } from '../graph/graphBuilder';
import { add } from '../graph/ops';
import { sizeOf } from '../graph/shapes';
import { END, type LaneAnswer, type LaneJob, type LaneRequest, type LaneSettings } from './laneProtocol';
import { compileModel, compileProgram, type Feeds, type Program } from './runtime';
import { floats } from './sharedMemory';

const settings = workerData as LaneSettings;
const programs = new Map<number, Program>();

async function perform(job: LaneJob): Promise<Record<string, Float32Array>> {
  switch (job.kind) {
    case 'probe':
      await probe();
      return {};
    case 'compile':
      programs.set(job.program, await compileModel(job.model, settings));
      return {};
    case 'release':
      await programs.get(job.program)?.release();
      programs.delete(job.program);
      return {};
    case 'run': {
      const program = programs.get(job.program);
      if (!program) throw new Error(`The lane has no program ${job.program}.`);
      const returned = Object.entries(job.returned).map(([name, dims]) => {
        const data = new Float32Array(sizeOf(dims));
        return [name, { data, dims }] as const;
      });
      const outputs: Feeds = { ...job.outputs, ...Object.fromEntries(returned) };
      await program.run(job.feeds, outputs, job.selections);
      return Object.fromEntries(returned.map(([name, { data }]) => [name, data]));
    }
  }
}

/** Older versions of Node give native code no way into shared memory: ONNX Runtime then throws here. */
async function probe(): Promise<void> {
  const b = new GraphBuilder('probe');
  const x = b.input('x', [1]);
  b.output('y', add(b, x, x));
  const program = await compileProgram(b, { threads: 1 });
  const [input, output] = [floats(1, true).fill(1), floats(1, true)];
  await program.run({ x: { data: input, dims: [1] } }, { y: { data: output, dims: [1] } });
  await program.release();
  if (output[0] !== 2) throw new Error('ONNX Runtime wrote past shared memory.');
}

async function answer({ id, job }: LaneRequest): Promise<void> {
  const post = (message: LaneAnswer, transfer: ArrayBuffer[] = []): void =>
    parentPort?.postMessage(message, transfer);
  try {
    const returned = await perform(job);
    const buffers = Object.values(returned).map(({ buffer }) => buffer as ArrayBuffer);
    post({ id, returned }, buffers);
  } catch (thrown) {
    post({ id, error: ToolError.from(thrown).toData() });
  }
}

// One after the other: a program must not go while it runs.
let last = Promise.resolve();
let isEnding = false;
parentPort?.on('message', (request: LaneRequest | typeof END) => {
  if (request === END) {
    isEnding = true;
    // In a thread this ends the thread.
    last = last.then(() => process.exit());
  } else {
    last = last.then(() => (isEnding ? undefined : answer(request)));
  }
});
