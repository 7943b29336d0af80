import type { GraphBuilder } from '../graph/graphBuilder';
import { compileProgram, type CompileOptions, type Program, type RuntimeOptions } from '../ort/runtime';

/**
 * One compiled program a graph shape, least recently used first out: weights are inputs, so one program serves every
 * layer, but ragged samples come in many batch shapes.
 */
export class ProgramCache {
  private readonly programs = new Map<string, Program>();

  constructor(
    private readonly options: RuntimeOptions,
    private readonly capacity = 64,
  ) {}

  async get(key: string, build: () => GraphBuilder, options: CompileOptions = {}): Promise<Program> {
    const known = this.programs.get(key);
    if (known) {
      this.programs.delete(key);
      this.programs.set(key, known);
      return known;
    }
    const program = await compileProgram(build(), this.options, options);
    this.programs.set(key, program);
    const [oldest] = this.programs;
    if (this.programs.size > this.capacity && oldest) {
      this.programs.delete(oldest[0]);
      await oldest[1].release();
    }
    return program;
  }

  async release(): Promise<void> {
    const programs = [...this.programs.values()];
    this.programs.clear();
    await Promise.all(programs.map((program) => program.release()));
  }
}
