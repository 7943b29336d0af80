import { open, stat, type FileHandle } from 'node:fs/promises';
import {
  parseSafetensorsHeader,
  safetensorsHeaderBytes,
  type SafetensorsHeader,
  type TensorLocation,
} from '../core/formats/safetensorsHeader';
import { shown } from '../core/formats/jsonScanner';
import { inputError } from '../protocol/errors';
import { RunningSha256 } from './checksums';

/** One read call takes less than 2^31 bytes on every platform. */
const MAX_READ_BYTES = 1 << 30;

/** A safetensors file read by ranges: nothing but its header is ever held. */
export class SafetensorsFile {
  constructor(
    readonly path: string,
    readonly bytes: number,
    private readonly handle: FileHandle,
    private readonly header: SafetensorsHeader,
    private readonly running: RunningSha256 | null,
  ) {}

  /** name -> dtype, shape and byte range in the file. */
  get tensors(): ReadonlyMap<string, TensorLocation> {
    return this.header.tensors;
  }

  get metadata(): ReadonlyMap<string, string> {
    return this.header.metadata;
  }

  /** @throws ToolError safetensors-no-tensor */
  tensor(name: string): TensorLocation {
    const found = this.tensors.get(name);
    if (found) return found;
    throw inputError(
      'safetensors-no-tensor',
      `${this.path}: there is no tensor ${shown(name)}.`,
      'Use a file that has it.',
    );
  }

  /**
   * Fills `into` with the tensor's bytes from `byteOffset` (counted from the tensor's first byte) on. Calls may run side by side.
   * @throws RangeError where that is past the tensor's end; ToolError where the file has been cut since it was opened
   */
  async readBytes(name: string, into: Uint8Array, byteOffset = 0): Promise<void> {
    const { begin, end } = this.tensor(name);
    if (!Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteOffset + into.length > end - begin) {
      throw new RangeError(
        `[${byteOffset}, ${byteOffset + into.length}) is not within the tensor ${shown(name)}`,
      );
    }
    await readFully(this.handle, this.path, into, begin + byteOffset);
    this.running?.add(begin + byteOffset, into);
  }

  /**
   * Of the whole file; what was read in its order is not read again.
   * @throws RangeError unless it was opened with `isHashed`; ToolError cancelled
   */
  async sha256(signal?: AbortSignal): Promise<string> {
    if (!this.running) throw new RangeError(`${this.path} was not hashed while it was read`);
    return this.running.finish(this.handle, signal);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/**
 * Opens a file and checks its whole header.
 * @param options.isHashed `sha256` will be asked for: bytes are hashed as they are read
 * @throws ToolError safetensors-not-found, safetensors-not-a-file and the codes of `parseSafetensorsHeader`
 */
export async function openSafetensors(
  path: string,
  { isHashed = false }: { readonly isHashed?: boolean } = {},
): Promise<SafetensorsFile> {
  const handle = await openForReading(path);
  try {
    const status = await handle.stat();
    const source = { file: path, fileBytes: status.size };
    const prefix = new Uint8Array(Math.min(8, status.size));
    await readFully(handle, path, prefix, 0);
    const json = new Uint8Array(safetensorsHeaderBytes(prefix, source));
    await readFully(handle, path, json, prefix.length);
    const running = isHashed ? new RunningSha256() : null;
    running?.add(0, prefix);
    running?.add(prefix.length, json);
    return new SafetensorsFile(path, status.size, handle, parseSafetensorsHeader(json, source), running);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Before opening: to open a pipe that nobody writes to would wait for ever.
    if ((await stat(path)).isFile()) return await open(path, 'r');
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw inputError(
      'safetensors-not-found',
      `${path} cannot be read: ${reason}.`,
      'Check the path and its rights.',
    );
  }
  throw inputError('safetensors-not-a-file', `${path} is not a file.`, 'Name a .safetensors file.');
}

async function readFully(
  handle: FileHandle,
  path: string,
  into: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const wanted = Math.min(into.length - done, MAX_READ_BYTES);
    const { bytesRead } = await handle.read(into, done, wanted, position + done);
    if (bytesRead === 0) {
      throw inputError(
        'safetensors-changed',
        `${path} ends at ${position + done}: it was longer when it was opened.`,
        'Leave model and region files alone while they are read.',
      );
    }
    done += bytesRead;
  }
}
