/**
 * Makes finished layers durable while the next one is computed: an fsync takes milliseconds in which ONNX Runtime can
 * work. Tasks run in the order given, so that a layer's marker never gets its name before what it marks.
 */
export class CommitQueue {
  private tail: Promise<void> = Promise.resolve();
  private failure: { readonly error: unknown } | null = null;

  add(...tasks: readonly (() => Promise<unknown>)[]): void {
    for (const task of tasks) {
      this.tail = this.tail
        .then(async () => {
          if (!this.failure) await task();
        })
        .catch((error: unknown) => {
          this.failure ??= { error };
        });
    }
  }

  /** Waits for all tasks; throws what the first that failed threw. */
  async drain(): Promise<void> {
    await this.tail;
    if (this.failure) throw this.failure.error;
  }
}
