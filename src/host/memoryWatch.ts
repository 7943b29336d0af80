/** Looks at the system's memory while a run goes on: what happens when it is full, no program can tell any more. */
import os from 'node:os';
import { availableMemory } from '../store/availableMemory';

const EVERY_MS = 5_000;
const LOW_SHARE = 0.05;
const LOW_BYTES = 2 ** 30;
/** Of the limit: enough again, so that one who is warned is not warned anew at every turn. */
const ENOUGH = 1.5;

export interface Memory {
  readonly totalBytes: number;
  readonly availableBytes: number;
}

const systemMemory = (): Memory => ({ totalBytes: os.totalmem(), availableBytes: availableMemory() });

export class MemoryWatch {
  #timer: NodeJS.Timeout | undefined;
  #isLow = false;

  /** @param changed is told the memory when it has become low, and undefined when there is enough again */
  constructor(
    private readonly changed: (low: Memory | undefined) => void,
    private readonly read: () => Memory = systemMemory,
  ) {}

  start(): void {
    this.stop();
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
    this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#isLow) this.changed(undefined);
    this.#isLow = false;
  }

  #look(): void {
    const memory = this.read();
    const limit = Math.min(LOW_SHARE * memory.totalBytes, LOW_BYTES) * (this.#isLow ? ENOUGH : 1);
    const isLow = memory.availableBytes < limit;
    if (isLow !== this.#isLow) this.changed(isLow ? memory : undefined);
    this.#isLow = isLow;
  }
}
