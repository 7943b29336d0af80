/** Calls `work` when calls have come to rest, but never later than `mostMs` after the first: a busy folder never rests. */
export class Debouncer {
  #timer: NodeJS.Timeout | undefined;
  #deadline: number | undefined;

  constructor(
    private readonly work: () => void,
    private readonly restMs: number,
    private readonly mostMs: number,
  ) {}

  call(delayMs = this.restMs): void {
    const now = Date.now();
    this.#deadline ??= now + this.mostMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#deadline = undefined;
        this.work();
      },
      Math.max(0, Math.min(delayMs, this.#deadline - now)),
    );
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
