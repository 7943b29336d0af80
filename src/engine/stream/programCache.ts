import type { GraphBuilder } from '../graph/graphBuilder';
import type { Lanes } from '../ort/lanes';
import { compileProgram, type CompileOptions, type Program, type RuntimeOptions } from '../ort/runtime';

/** A session has threads of its own (they sleep, but containers count them), and takes about 1.5 MB beside them. */
const MAX_THREADS = 512;
/** Programs that a loop may go to and fro between. */
const RECENT = 8;

interface CacheOptions extends RuntimeOptions {
  /** Where programs run, unless all threads shall work on one run. */
  readonly lanes?: Lanes | null;
}

interface ProgramOptions extends CompileOptions {
  /** For runs that nothing can run beside. */
  readonly allThreads?: boolean;
}

/**
 * One compiled program a graph shape: weights are inputs, so one program serves every layer, but ragged samples come in
 * many batch shapes. Every layer asks for them in the same order. Where they are more than the capacity, the one that
 * was used longest ago is the next to be asked for: so what goes is one of those used last, less the most recent.
 */
export class ProgramCache {
  /** In the order of their last use; those that are being made too, so that nobody makes one twice. */
  private readonly programs = new Map<string, Promise<Program>>();

  constructor(
    private readonly options: CacheOptions,
    private readonly capacity = Math.max(2 * RECENT, Math.min(64, Math.floor(MAX_THREADS / options.threads))),
  ) {}

  /** How many runs are worth asking for at a time: one waits in each lane, which then need not wait for the next. */
  get width(): number {
    return this.options.lanes ? 2 * this.sideBySide : 1;
  }

  /** How many runs are computed at a time: for callers that hold much memory for each run asked for. */
  get sideBySide(): number {
    return this.options.lanes?.width ?? 1;
  }

  async get(key: string, build: () => GraphBuilder, options: ProgramOptions = {}): Promise<Program> {
    const known = this.programs.get(key);
    if (known) {
      this.programs.delete(key);
      this.programs.set(key, known);
      return known;
    }
    const leaving = this.programs.size >= this.capacity ? [...this.programs.keys()].at(-RECENT) : undefined;
    const made = this.make(leaving, build, options);
    this.programs.set(key, made);
    try {
      return await made;
    } catch (thrown) {
      if (this.programs.get(key) === made) this.programs.delete(key);
      throw thrown;
    }
  }

  private async make(
    leaving: string | undefined,
    build: () => GraphBuilder,
    { allThreads = false, ...options }: ProgramOptions,
  ): Promise<Program> {
    if (leaving !== undefined) await this.drop((name) => name === leaving);
    const { lanes } = this.options;
    return lanes && !allThreads
      ? lanes.program(build(), options)
      : compileProgram(build(), this.options, options);
  }

  /** Releases programs by their keys, once a stage is over. */
  async drop(isOver: (key: string) => boolean): Promise<void> {
    const programs = [...this.programs].filter(([key]) => isOver(key));
    for (const [key] of programs) this.programs.delete(key);
    await Promise.all(programs.map(async ([, made]) => (await made).release()));
  }

  async release(): Promise<void> {
    await this.drop(() => true);
  }
}
