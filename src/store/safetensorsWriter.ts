import { open, rm, type FileHandle } from 'node:fs/promises';
import {
  serialiseSafetensorsHeader,
  type TensorEntry,
  type TensorLocation,
} from '../core/formats/safetensorsHeader';
import { commitFile, temporaryPath } from './atomicFile';

/**
 * Writes a safetensors file front to back, so that no tensor need be in memory whole. The file has its name only
 * after `finish`; the same entries, metadata and bytes always give the same file.
 */
export class SafetensorsWriter {
  private position: number;
  private readonly ranges: readonly (readonly [name: string, location: TensorLocation])[];
  private current = 0;

  private constructor(
    private readonly path: string,
    private readonly tempPath: string,
    private readonly handle: FileHandle,
    layout: ReturnType<typeof serialiseSafetensorsHeader>,
  ) {
    this.position = layout.bytes.length;
    this.ranges = [...layout.tensors];
  }

  /** @throws RangeError where a name occurs twice or a shape is too large */
  static async create(
    path: string,
    entries: readonly TensorEntry[],
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<SafetensorsWriter> {
    const layout = serialiseSafetensorsHeader(entries, metadata);
    const tempPath = temporaryPath(path);
    const handle = await open(tempPath, 'wx');
    const writer = new SafetensorsWriter(path, tempPath, handle, layout);
    try {
      await writer.append(layout.bytes, 0);
    } catch (thrown) {
      await writer.abort();
      throw thrown;
    }
    return writer;
  }

  /**
   * Appends bytes of the tensor `name`, little-endian. Tensors come in the order of the entries, each in one or more
   * pieces; empty tensors may be left out. One call at a time.
   * @throws RangeError where the tensor is not the one whose turn it is, or `bytes` go past its end
   */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    this.skipFinished(name);
    const next = this.ranges[this.current];
    if (!next || next[0] !== name || this.position + bytes.length > next[1].end) {
      const due = next
        ? `${next[1].end - this.position} bytes of '${next[0]}' are due`
        : 'nothing more is due';
      throw new RangeError(`${this.path}: ${bytes.length} bytes of '${name}' came where ${due}`);
    }
    const at = this.position;
    this.position += bytes.length;
    await this.append(bytes, at);
  }

  /** Gives the file its name. @throws RangeError where bytes are missing; nothing is left behind then. */
  async finish(): Promise<void> {
    const fileBytes = this.ranges.at(-1)?.[1].end ?? this.position;
    if (this.position !== fileBytes) {
      await this.abort();
      throw new RangeError(`${this.path}: ${fileBytes - this.position} bytes were never written`);
    }
    try {
      await this.handle.close();
      await commitFile(this.tempPath, this.path);
    } catch (thrown) {
      await rm(this.tempPath, { force: true });
      throw thrown;
    }
  }

  /** Gives up: the temporary file goes. */
  async abort(): Promise<void> {
    await this.handle.close();
    await rm(this.tempPath, { force: true });
  }

  private skipFinished(name: string): void {
    for (let next; (next = this.ranges[this.current]) && next[0] !== name; this.current++) {
      if (this.position !== next[1].end) return;
    }
  }

  private async append(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }
}
