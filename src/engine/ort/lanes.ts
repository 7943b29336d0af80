import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';

import { engineError, ToolError } from '../../protocol/errors';
import type { GraphBuilder } from '../graph/graphBuilder';
import { END, type LaneAnswer, type LaneJob, type LaneRequest, type LaneSettings } from './laneProtocol';
import { modelOf, type CompileOptions, type Feeds, type Program, type Selections } from './runtime';
import { isShared } from './sharedMemory';

/** Graphs computed at a time. More would take more memory: every lane holds what a graph computes with. */
export const SIDE_BY_SIDE = 2;

/**
 * Threads that each run graphs of their own, one after the other, on their share of the processor. Two graphs side by
 * side on one core each are faster than one after the other on both: nothing waits for the other core after every
 * operation, and copies, selection and whatever else is not a matrix product keep a core busy and not the machine idle
 * (SmolLM2-135M on two cores: see docs/benchmarks.md). Results are the same bits.
 */
export class Lanes {
  private nextProgram = 0;

  private constructor(private readonly lanes: readonly Lane[]) {}

  /**
   * Null where one thread is all there is, or where this Node gives native code no shared memory (before 24): graphs
   * run in the caller's thread then.
   * @param tell is told why there are none though there are threads for them
   */
  static async start(
    threads: number,
    tell: (reason: string) => void,
    script = path.join(__dirname, 'lane.js'),
  ): Promise<Lanes | null> {
    if (threads < SIDE_BY_SIDE) return null;
    if (!existsSync(script)) {
      tell(`${script} is missing.`);
      return null;
    }
    // Equal shares, though one may be left over: which lane a graph runs in must make no difference.
    const share = Math.floor(threads / SIDE_BY_SIDE);
    const lanes = Array.from({ length: SIDE_BY_SIDE }, () => new Lane(script, { threads: share }));
    const opened = new Lanes(lanes);
    const probes = await Promise.allSettled(lanes.map((lane) => lane.ask({ kind: 'probe' })));
    const failed = probes.find((probe) => probe.status === 'rejected');
    if (!failed) return opened;
    tell(whyNone(failed.reason));
    await opened.close();
    return null;
  }

  /** How many graphs run side by side. */
  get width(): number {
    return this.lanes.length;
  }

  /** Compiled in each lane when it is first run there. */
  program(builder: GraphBuilder, options: CompileOptions = {}): Program {
    const id = this.nextProgram++;
    const model = modelOf(builder, options);
    const compiled = new Map<Lane, Promise<unknown>>();
    return {
      run: async (feeds, outputs, selections = {}) => {
        const lane = this.idlest();
        const ready = compiled.get(lane) ?? lane.ask({ kind: 'compile', program: id, model });
        compiled.set(lane, ready);
        await lane.run(id, feeds, outputs, selections, ready);
      },
      release: async () => {
        await Promise.all([...compiled.keys()].map((lane) => lane.ask({ kind: 'release', program: id })));
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()));
  }

  private idlest(): Lane {
    return this.lanes.reduce((best, lane) => (lane.running < best.running ? lane : best));
  }
}

interface Waiting {
  readonly resolve: (returned: Readonly<Record<string, Float32Array>>) => void;
  readonly reject: (error: Error) => void;
}

class Lane {
  running = 0;
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly ended: Promise<void>;
  private failure: Error | null = null;
  private nextId = 0;

  constructor(script: string, settings: LaneSettings) {
    this.worker = new Worker(script, { workerData: settings });
    this.worker.on('message', (answer: LaneAnswer) => this.settle(answer));
    this.worker.on('error', (error: unknown) => this.fail(String(error)));
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (status) => {
        this.fail(`exit status ${status}`);
        resolve();
      });
    });
  }

  ask(job: LaneJob): Promise<Readonly<Record<string, Float32Array>>> {
    return new Promise((resolve, reject) => {
      if (this.failure) {
        reject(this.failure);
        return;
      }
      const id = this.nextId++;
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, job } satisfies LaneRequest);
    });
  }

  async run(
    program: number,
    feeds: Feeds,
    outputs: Feeds,
    selections: Selections,
    ready: Promise<unknown>,
  ): Promise<void> {
    this.running++;
    try {
      await ready;
      const entries = Object.entries(outputs);
      const own = entries.filter(([, { data }]) => !isShared(data));
      const returned = await this.ask({
        kind: 'run',
        program,
        feeds: Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, detached(tensor)])),
        outputs: Object.fromEntries(entries.filter(([, { data }]) => isShared(data))),
        returned: Object.fromEntries(own.map(([name, { dims }]) => [name, dims])),
        selections,
      });
      for (const [name, { data }] of own) {
        const result = returned[name];
        if (result) (data as Float32Array).set(result);
      }
    } finally {
      this.running--;
    }
  }

  async close(): Promise<void> {
    this.fail('it was closed');
    // Not by terminate(): a graph that runs then throws from native code, which aborts the whole process.
    this.worker.postMessage(END);
    await this.ended;
  }

  private settle(answer: LaneAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(ToolError.fromData(answer.error));
    else waiting?.resolve(answer.returned);
  }

  private fail(reason: string): void {
    this.failure ??= engineError(
      'lane-ended',
      `A thread of the engine has ended: ${reason}.`,
      'See the log; resume the run.',
    );
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
  }
}

/** A view of memory that is not shared would be sent with all of the memory that it is a view of. */
function detached(tensor: Feeds[string]): Feeds[string] {
  const { data, dims } = tensor;
  return isShared(data) || data.byteLength === data.buffer.byteLength ? tensor : { data: data.slice(), dims };
}

/** What fails on an older Node says nothing to a reader ("Invalid argument"); what to run instead does. */
function whyNone(reason: unknown): string {
  const version = process.versions.node;
  return Number.parseInt(version, 10) < 24
    ? `Node ${version} gives native code no shared memory, Node 24 and newer do.`
    : reason instanceof Error
      ? reason.message
      : String(reason);
}
