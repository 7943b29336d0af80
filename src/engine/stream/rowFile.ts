import { open, rm, type FileHandle } from 'node:fs/promises';

import { commitFile, temporaryPath } from '../../store/atomicFile';

/**
 * Rows of float32 on disk: boundary activations or their gradients, shape (rows, width). They are spilled because all
 * of them for all layers are larger than the model; the page cache keeps them in memory where there is room.
 */
export class RowFile {
  private constructor(
    private readonly handle: FileHandle,
    private readonly path: string,
    private readonly temporary: string | null,
    private readonly width: number,
  ) {}

  /** A new file, all zero; it takes its name at `commit`. */
  static async create(path: string, rows: number, width: number): Promise<RowFile> {
    const temporary = temporaryPath(path);
    const handle = await open(temporary, 'w+');
    const file = new RowFile(handle, path, temporary, width);
    try {
      await handle.truncate(rows * width * 4);
    } catch (thrown) {
      await file.discard();
      throw thrown;
    }
    return file;
  }

  static async open(path: string, width: number): Promise<RowFile> {
    return new RowFile(await open(path, 'r'), path, null, width);
  }

  async read(firstRow: number, into: Float32Array): Promise<void> {
    const bytes = bytesOf(into);
    for (let done = 0; done < bytes.byteLength;) {
      const position = firstRow * this.width * 4 + done;
      const { bytesRead } = await this.handle.read(bytes, done, bytes.byteLength - done, position);
      if (bytesRead === 0) throw new Error(`${this.path} ends before row ${firstRow}.`);
      done += bytesRead;
    }
  }

  async write(firstRow: number, data: Float32Array): Promise<void> {
    const bytes = bytesOf(data);
    for (let done = 0; done < bytes.byteLength;) {
      const position = firstRow * this.width * 4 + done;
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.byteLength - done, position);
      done += bytesWritten;
    }
  }

  /** Makes what was written durable under its name; the rows can be read before, meanwhile and after. */
  async commit(): Promise<void> {
    if (this.temporary !== null) await commitFile(this.temporary, this.path);
  }

  /** Closing twice does no harm. */
  async close(): Promise<void> {
    await this.handle.close();
  }

  /** Gives up a file that was never committed: its disk is free again while the engine lives on. */
  async discard(): Promise<void> {
    await this.handle.close();
    if (this.temporary !== null) await rm(this.temporary, { force: true });
  }
}

const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
