/** What a shared library of Linux needs of others, from its dynamic section (ELF-64, little-endian; man 5 elf). */
import { open, type FileHandle } from 'node:fs/promises';

import { inputError } from '../../protocol/errors';

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const ENTRY_BYTES = 16;
const MOST_SEGMENTS = 128;
const MOST_BYTES = 1 << 22;
const [LOAD, DYNAMIC] = [1, 2];
const [NEEDED, STRINGS] = [1n, 5n];

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/**
 * @returns names such as 'libcudart.so.12', in the file's order
 * @throws input error `not-a-library`
 */
export async function neededLibraries(file: string): Promise<string[]> {
  const handle = await open(file, 'r');
  try {
    const header = await read(handle, 0, HEADER_BYTES);
    if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) throw new RangeError();
    const segments = await segmentsOf(handle, header);
    const dynamic = segments.find(({ type }) => type === DYNAMIC);
    if (!dynamic) return [];
    const entries = await read(handle, dynamic.offset, dynamic.bytes);
    const names: number[] = [];
    let strings = 0n;
    for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
      const [tag, value] = [entries.readBigUInt64LE(at), entries.readBigUInt64LE(at + 8)];
      if (tag === NEEDED) names.push(Number(value));
      if (tag === STRINGS) strings = value;
    }
    const table = offsetOf(Number(strings), segments);
    return await Promise.all(names.map((name) => textAt(handle, table + name)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw inputError(
      'not-a-library',
      `${file} is no whole shared library of Linux.`,
      'Unpack or install its package again.',
    );
  } finally {
    await handle.close();
  }
}

async function segmentsOf(handle: FileHandle, header: Buffer): Promise<Segment[]> {
  const count = header.readUInt16LE(56);
  if (count > MOST_SEGMENTS || header.readUInt16LE(54) !== SEGMENT_BYTES) throw new RangeError();
  const table = await read(handle, Number(header.readBigUInt64LE(32)), count * SEGMENT_BYTES);
  return Array.from({ length: count }, (_, i) => {
    const number = (at: number): number => Number(table.readBigUInt64LE(i * SEGMENT_BYTES + at));
    return {
      type: table.readUInt32LE(i * SEGMENT_BYTES),
      offset: number(8),
      address: number(16),
      bytes: number(32),
    };
  });
}

/** The dynamic section speaks of addresses in memory. */
function offsetOf(address: number, segments: readonly Segment[]): number {
  const held = segments.find(
    (one) => one.type === LOAD && address >= one.address && address < one.address + one.bytes,
  );
  if (!held) throw new RangeError();
  return address - held.address + held.offset;
}

async function textAt(handle: FileHandle, offset: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, offset);
  const end = buffer.subarray(0, bytesRead).indexOf(0);
  if (end < 0) throw new RangeError();
  return buffer.toString('latin1', 0, end);
}

/** @throws RangeError where the file ends before */
async function read(handle: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  if (bytes > MOST_BYTES) throw new RangeError();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, offset);
  if (bytesRead < bytes) throw new RangeError();
  return buffer;
}
