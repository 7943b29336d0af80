import { open, rm, type FileHandle } from 'node:fs/promises';
import { constants, deflateRawSync } from 'node:zlib';
import { Zip, ZipPassThrough } from 'fflate';
import { inputError } from '../protocol/errors';
import { commitFile, temporaryPath } from './atomicFile';

/** Sizes and offsets of a ZIP without its 64-bit extension are 32-bit numbers, and entries are counted in 16 bits. */
const MAX_BYTES = 0xffffffff;
const MAX_ENTRIES = 0xffff;
/** The earliest that ZIP knows: the same masks give the same bytes. */
const EPOCH = new Date(1980, 0, 1);

interface ArrayEntry {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * NumPy's .npz of bool arrays, written front to back: a ZIP of .npy files. Deflated as runs (Z_RLE), which takes a mask
 * of 5 % to a fifteenth of its elements, in a third of the time of a search for repeats. The file has its name only after
 * `finish`.
 */
export class NpzWriter {
  private readonly zip: Zip;
  private readonly chunks: Uint8Array[] = [];
  private failure: Error | null = null;
  private written = 0;
  private next = 0;
  private entry: { readonly name: string; readonly deflate: RunDeflate; left: number } | null = null;

  private constructor(
    private readonly path: string,
    private readonly tempPath: string,
    private readonly handle: FileHandle,
    private readonly entries: readonly ArrayEntry[],
  ) {
    this.zip = new Zip((error, chunk) => {
      // fflate's types have no null here, its calls do.
      if (error as Error | null) this.failure = error;
      else this.chunks.push(chunk);
    });
  }

  /** @throws input error `npz-too-large` where an array alone, or their number, is more than a ZIP holds */
  static async create(path: string, entries: readonly ArrayEntry[]): Promise<NpzWriter> {
    const large = entries.find((entry) => elementsOf(entry) > MAX_BYTES - 4096);
    if (large) throw tooLarge(path, `${large.name} has ${elementsOf(large)} elements`);
    if (entries.length > MAX_ENTRIES) throw tooLarge(path, `there are ${entries.length} arrays`);
    const tempPath = temporaryPath(path);
    return new NpzWriter(path, tempPath, await open(tempPath, 'wx'), entries);
  }

  /**
   * Appends elements (one byte each, 0 or 1) of the array `name`, which come in the order of the entries.
   * @throws RangeError where it is not that array's turn, or it is full; input error `npz-too-large`
   */
  async write(name: string, flags: Uint8Array): Promise<void> {
    const entry = this.entry ?? this.begin(name);
    if (entry.name !== name || flags.length > entry.left) {
      throw new RangeError(
        `${this.path}: ${flags.length} of '${name}' where ${entry.left} of '${entry.name}' are due`,
      );
    }
    entry.left -= flags.length;
    entry.deflate.push(flags, entry.left === 0);
    if (entry.left === 0) this.entry = null;
    await this.flush();
  }

  /** @throws RangeError where elements are missing */
  async finish(): Promise<void> {
    try {
      if (this.entry !== null || this.next < this.entries.length) {
        throw new RangeError(`${this.path}: not all arrays were written`);
      }
      this.zip.end();
      await this.flush();
      await this.handle.close();
      await commitFile(this.tempPath, this.path);
    } catch (thrown) {
      await this.abort();
      throw thrown;
    }
  }

  /** Gives up: the temporary file goes. */
  async abort(): Promise<void> {
    await this.handle.close();
    await rm(this.tempPath, { force: true });
  }

  private begin(name: string): NonNullable<NpzWriter['entry']> {
    const entry = this.entries[this.next];
    if (entry?.name !== name) throw new RangeError(`${this.path}: it is not the turn of '${name}'`);
    this.next++;
    const deflate = new RunDeflate(`${name}.npy`);
    deflate.mtime = EPOCH;
    this.zip.add(deflate);
    deflate.push(npyHeader(entry.shape));
    return (this.entry = { name, deflate, left: elementsOf(entry) });
  }

  private async flush(): Promise<void> {
    if (this.failure) throw this.failure;
    for (const chunk of this.chunks.splice(0)) {
      this.written += chunk.length;
      if (this.written > MAX_BYTES) throw tooLarge(this.path, 'the compressed masks are larger');
      for (let done = 0; done < chunk.length;) {
        done += (await this.handle.write(chunk, done, chunk.length - done)).bytesWritten;
      }
    }
  }
}

/** By Node's zlib: each piece ends on a whole byte and refers to no other, so that pieces in a row are one stream. */
class RunDeflate extends ZipPassThrough {
  override compression = 8;

  protected override process(piece: Uint8Array, isLast: boolean): void {
    const finishFlush = isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
    const strategy = constants.Z_RLE;
    this.ondata(null, deflateRawSync(piece, { level: 1, strategy, finishFlush }), isLast);
  }
}

const elementsOf = ({ shape }: ArrayEntry): number => shape.reduce((product, size) => product * size, 1);

const tooLarge = (path: string, what: string): Error =>
  inputError(
    'npz-too-large',
    `${path}: ${what}, and a .npz without 64-bit extension holds 4 GiB.`,
    'Use --format safetensors.',
  );

/** Version 1.0 of the format (numpy.lib.format): magic, length, a Python literal padded to 64 bytes. */
function npyHeader(shape: readonly number[]): Uint8Array {
  const literal = `{'descr': '|b1', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const length = Math.ceil((10 + literal.length + 1) / 64) * 64 - 10;
  const text = new TextEncoder().encode(`${literal.padEnd(length - 1)}\n`);
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    1,
    0,
    length & 0xff,
    length >> 8,
    ...text,
  ]);
}
