import { floats } from '../ort/sharedMemory';

/**
 * Named float32 buffers that grow to the largest size asked for and are then reused: what is allocated a micro-batch
 * would otherwise wait for a garbage collector that does not see how large it is. A name is one buffer: do not hold
 * two views of it at a time.
 */
export class Scratch {
  private readonly buffers = new Map<string, Float32Array>();

  /** @param shared with the threads of `Lanes` */
  constructor(private readonly shared = false) {}

  take(name: string, length: number): Float32Array {
    const known = this.buffers.get(name);
    if (known && known.length >= length) return known.subarray(0, length);
    const fresh = floats(length, this.shared);
    this.buffers.set(name, fresh);
    return fresh;
  }

  /** Drops the buffers whose names begin so, once a stage is over. */
  drop(prefix: string): void {
    for (const name of [...this.buffers.keys()]) if (name.startsWith(prefix)) this.buffers.delete(name);
  }
}
