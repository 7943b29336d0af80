import type { RunPhase, RunProgress } from '../../protocol/engine';

/** Shares of the run's arithmetic: one unit is one row through one block forward. */
const UNITS_PER_ROW: Readonly<Record<'forward' | 'backward', number>> = { forward: 1, backward: 3 };
const REPORT_EVERY_MS = 100;

/** Turns finished micro-batches into progress with the time left; at most ten reports a second. */
export class ProgressTracker {
  private doneUnits = 0;
  private countedUnits = 0;
  private readonly startedAt = performance.now();
  private reportedAt = 0;
  private enteredAt = this.startedAt;
  private readonly phases = new Map<RunPhase, number>();
  private readonly lines = new Map<string, number>();
  private state: Pick<RunProgress, 'phase' | 'layer' | 'batch' | 'batches'> = {
    phase: 'preparing',
    layer: null,
    batch: 0,
    batches: 0,
  };

  constructor(
    private readonly runDir: string,
    private readonly layers: number,
    private readonly totalUnits: number,
    private readonly report: (progress: RunProgress) => void,
  ) {}

  static totalUnits(rows: number, layers: number, hasBackward: boolean): number {
    return rows * layers * (UNITS_PER_ROW.forward + (hasBackward ? UNITS_PER_ROW.backward : 0));
  }

  enter(phase: RunPhase, layer: number | null, batches: number): void {
    this.closePhase();
    this.state = { phase, layer, batch: 0, batches };
    this.emit();
  }

  /** Work that an earlier process did: it counts as done, not as speed. */
  skip(phase: 'forward' | 'backward', rows: number): void {
    this.doneUnits += rows * UNITS_PER_ROW[phase];
  }

  batchDone(phase: 'forward' | 'backward', rows: number): void {
    this.worked(rows * UNITS_PER_ROW[phase]);
  }

  /** Work inside a phase beside its batches, units as in `UNITS_PER_ROW`. */
  extra(units: number): void {
    this.doneUnits += units;
    this.countedUnits += units;
  }

  /** One more piece of the phase's work: units as in `UNITS_PER_ROW`; 0 where an earlier process had done it. */
  worked(units: number): void {
    this.extra(units);
    this.state = { ...this.state, batch: this.state.batch + 1 };
    if (performance.now() - this.reportedAt >= REPORT_EVERY_MS) this.emit();
  }

  regionWritten(): void {
    this.state = { ...this.state, batch: this.state.batch + 1 };
    this.emit();
  }

  /** Work inside a phase with a line of its own in the timings: the phase does not count it. */
  async timed<T>(line: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
      return await work();
    } finally {
      const elapsed = performance.now() - begin;
      this.lines.set(line, (this.lines.get(line) ?? 0) + elapsed / 1000);
      this.enteredAt += elapsed;
    }
  }

  /** Seconds spent in each phase so far, and on each line of `timed`. */
  phaseSeconds(): Record<string, number> {
    this.closePhase();
    return Object.fromEntries([...this.phases, ...this.lines]);
  }

  private closePhase(): void {
    const now = performance.now();
    const { phase } = this.state;
    this.phases.set(phase, (this.phases.get(phase) ?? 0) + (now - this.enteredAt) / 1000);
    this.enteredAt = now;
  }

  private emit(): void {
    this.reportedAt = performance.now();
    const seconds = (this.reportedAt - this.startedAt) / 1000;
    const secondsLeft =
      this.countedUnits > 0 ? (seconds / this.countedUnits) * (this.totalUnits - this.doneUnits) : null;
    const { phase, layer } = this.state;
    this.report({
      ...this.state,
      runDir: this.runDir,
      layers: this.layers,
      fraction: this.totalUnits > 0 ? Math.min(1, this.doneUnits / this.totalUnits) : 0,
      secondsLeft: secondsLeft === null ? null : Math.max(0, secondsLeft),
      message: layer === null ? phase : `${phase}, layer ${layer + 1} of ${this.layers}`,
    });
  }
}
