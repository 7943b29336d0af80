import { createHash, randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { RunningSha256 } from '../../../src/store/checksums';
import { openSafetensors } from '../../../src/store/safetensorsFile';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';
import { temporaryFolder } from './testRuns';

const folder = await temporaryFolder();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

it.each<[string, [from: number, to: number][], left: number]>([
  ['nothing', [], 0],
  [
    'all of it, in order',
    [
      [0, 8],
      [8, 500],
      [500, 1000],
    ],
    1000,
  ],
  [
    'a part twice, and a part of it',
    [
      [0, 500],
      [0, 500],
      [100, 200],
      [500, 900],
    ],
    900,
  ],
  [
    'another order',
    [
      [500, 1000],
      [0, 500],
    ],
    500,
  ],
  [
    'not the beginning',
    [
      [1, 500],
      [500, 1000],
    ],
    0,
  ],
])('the checksum of a file of which was read: %s; only the rest is read for it', async (_, parts, left) => {
  const bytes = randomBytes(1000);
  const file = path.join(folder, 'any');
  await writeFile(file, bytes);
  const handle = await open(file, 'r');
  const read = vi.spyOn(handle, 'read');
  const running = new RunningSha256();
  for (const [from, to] of parts) running.add(from, bytes.subarray(from, to));
  expect(await running.finish(handle)).toBe(sha256(bytes));
  expect(read.mock.calls[0]?.slice(3)).toEqual([left]);
  expect(read).toHaveBeenCalledTimes(left === 1000 ? 1 : 2);
  // The end again, and the answer too.
  running.add(1000, new Uint8Array());
  expect(await running.finish(handle)).toBe(sha256(bytes));
  await handle.close();
});

it('a safetensors file is hashed as it is read, with its header', async () => {
  const file = path.join(folder, 'two.safetensors');
  const entries = ['a', 'b'].map((name) => ({ name, dtype: 'U8' as const, shape: [3] }));
  const writer = await SafetensorsWriter.create(file, entries, {});
  await writer.write('a', Uint8Array.of(1, 2, 3));
  await writer.write('b', Uint8Array.of(4, 5, 6));
  await writer.finish();
  const opened = await openSafetensors(file, { isHashed: true });
  await writeFile(file, new Uint8Array(opened.bytes));
  for (const name of ['a', 'b']) await opened.readBytes(name, new Uint8Array(3));
  // The header is of before, the tensors of after the change: it is what was read that counts.
  const header = opened.bytes - 6;
  const again = await SafetensorsWriter.create(`${file}.again`, entries, {});
  await again.write('a', new Uint8Array(3));
  await again.write('b', new Uint8Array(3));
  await again.finish();
  expect(header).toBeGreaterThan(8);
  const plain = await openSafetensors(`${file}.again`, { isHashed: true });
  expect(await opened.sha256()).toBe(await plain.sha256());
  await opened.close();
  await plain.close();
  const unhashed = await openSafetensors(`${file}.again`);
  await expect(unhashed.sha256()).rejects.toThrow(RangeError);
  await unhashed.close();
});
