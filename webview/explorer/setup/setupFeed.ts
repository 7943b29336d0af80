import type { RunningNow, SetupShown } from '../../../src/protocol/explorer/setup';

/** The experiment of the page as the host last told it, for a tab that comes and goes. */
export class SetupFeed {
  readonly #listeners = new Set<() => void>();
  /** Whether the run of this window stands above the tabs, with its progress and Cancel. */
  isRunAbove = false;

  constructor(
    public shown: SetupShown,
    public running: RunningNow | null,
  ) {}

  changed(shown: SetupShown): void {
    this.shown = shown;
    this.#tell();
  }

  runs(running: RunningNow | null): void {
    this.running = running;
    this.#tell();
  }

  runIsAbove(isAbove: boolean): void {
    if (isAbove === this.isRunAbove) return;
    this.isRunAbove = isAbove;
    this.#tell();
  }

  onChange(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
