import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serialiseSafetensorsHeader, type TensorEntry } from '../../../src/core/formats/safetensorsHeader';
import { openSafetensors } from '../../../src/store/safetensorsFile';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';
import { fileBytes, MALFORMED } from '../../fixtures/safetensors/malformed';
import { codeOf, messageOf, temporaryFolder } from './temporaryFolder';

describe('malformed files', () => {
  it.each(MALFORMED)('$what: $code', async ({ code, bytes }) => {
    const path = join(await temporaryFolder(), 'bad.safetensors');
    await writeFile(path, bytes());
    expect(await codeOf(() => openSafetensors(path))).toBe(code);
    expect(await messageOf(() => openSafetensors(path))).toContain(path);
  });

  it('have at least 25 codes between them', () => {
    expect(new Set(MALFORMED.map(({ code }) => code)).size).toBeGreaterThanOrEqual(25);
  });

  it('no file, a folder and a pipe without a writer are refused at once', async () => {
    const folder = await temporaryFolder();
    expect(await codeOf(() => openSafetensors(join(folder, 'none')))).toBe('safetensors-not-found');
    expect(await codeOf(() => openSafetensors(folder))).toBe('safetensors-not-a-file');
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    expect(await codeOf(() => openSafetensors(join(folder, 'pipe')))).toBe('safetensors-not-a-file');
  });

  it('a long hostile name does not fill the message', async () => {
    const path = join(await temporaryFolder(), 'bad.safetensors');
    await writeFile(path, fileBytes(`{"${'x'.repeat(1_000_000)}":null}`));
    expect((await messageOf(() => openSafetensors(path))).length).toBeLessThan(500);
  });
});

describe('well-formed files', () => {
  it('take any order of tensors, empty tensors, scalars, escapes and blanks at the end', async () => {
    const path = join(await temporaryFolder(), 'good.safetensors');
    const header = `{"b\\u00e9\\n":{"shape":[],"dtype":"F32","data_offsets":[2,6]},
      "empty":{"dtype":"I64","shape":[3,0],"data_offsets":[2,2]},
      "__metadata__":{"format":"pt"}, "a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   `;
    const bytes = fileBytes(header, 6);
    bytes.set([1, 2, 3, 4, 5, 6], bytes.length - 6);
    await writeFile(path, bytes);
    const file = await openSafetensors(path);
    expect([...file.tensors.keys()]).toEqual(['bé\n', 'empty', 'a']);
    expect(file.tensors.get('empty')).toMatchObject({ dtype: 'I64', shape: [3, 0] });
    expect([...file.metadata]).toEqual([['format', 'pt']]);
    const scalar = new Uint8Array(4);
    await file.readBytes('bé\n', scalar);
    expect([...scalar]).toEqual([3, 4, 5, 6]);
    await file.close();
  });

  it('names of object properties are names like others', async () => {
    const path = join(await temporaryFolder(), 'good.safetensors');
    const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
    await writeFile(path, fileBytes(`{"__proto__":${entry},"constructor":${entry},"":${entry}}`));
    const file = await openSafetensors(path);
    expect([...file.tensors.keys()]).toEqual(['__proto__', 'constructor', '']);
    await file.close();
  });

  it('are read by ranges, and only within a tensor', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors');
    const writer = await SafetensorsWriter.create(path, [
      { name: 'a', dtype: 'U8', shape: [4] },
      { name: 'b', dtype: 'U8', shape: [4] },
    ]);
    await writer.write('a', Uint8Array.of(1, 2, 3, 4));
    await writer.write('b', Uint8Array.of(5, 6, 7, 8));
    await writer.finish();
    const file = await openSafetensors(path);
    const into = new Uint8Array(2);
    await file.readBytes('a', into, 2);
    expect([...into]).toEqual([3, 4]);
    await expect(file.readBytes('a', into, 3)).rejects.toThrow(RangeError);
    await expect(file.readBytes('a', into, -1)).rejects.toThrow(RangeError);
    expect(await codeOf(() => file.readBytes('c', into))).toBe('safetensors-no-tensor');
    await truncate(path, file.bytes - 1);
    expect(await codeOf(() => file.readBytes('b', into, 2))).toBe('safetensors-changed');
    await file.close();
  });
});

describe('SafetensorsWriter', () => {
  const entries: readonly TensorEntry[] = [
    { name: 'z', dtype: 'F32', shape: [2, 2] },
    { name: 'none', dtype: 'F64', shape: [0] },
    { name: 'a"é', dtype: 'U8', shape: [3] },
  ];
  const data = { z: Uint8Array.from({ length: 16 }, (_, i) => i), 'a"é': Uint8Array.of(7, 8, 9) };

  async function write(path: string, pieces: number): Promise<void> {
    const writer = await SafetensorsWriter.create(path, entries, { payload: 'weights', note: '"ü' });
    for (const [name, bytes] of Object.entries(data)) {
      for (let at = 0; at < bytes.length; at += pieces)
        await writer.write(name, bytes.subarray(at, at + pieces));
    }
    await writer.finish();
  }

  it('writes what is read back, the same bytes whatever the pieces', async () => {
    const folder = await temporaryFolder();
    await write(join(folder, 'one'), 1000);
    await write(join(folder, 'two'), 5);
    const bytes = await readFile(join(folder, 'one'));
    expect(bytes.equals(await readFile(join(folder, 'two')))).toBe(true);
    expect(await readdir(folder)).toEqual(['one', 'two']);

    // Read by hand, as the format's description says.
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    expect((8 + headerBytes) % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes))).toEqual({
      __metadata__: { payload: 'weights', note: '"ü' },
      z: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
      none: { dtype: 'F64', shape: [0], data_offsets: [16, 16] },
      'a"é': { dtype: 'U8', shape: [3], data_offsets: [16, 19] },
    });
    expect([...bytes.subarray(8 + headerBytes)]).toEqual([...data.z, 7, 8, 9]);

    const file = await openSafetensors(join(folder, 'one'));
    expect(Object.fromEntries(file.metadata)).toEqual({ payload: 'weights', note: '"ü' });
    const z = new Uint8Array(16);
    await file.readBytes('z', z);
    expect(z).toEqual(data.z);
    await file.close();
  });

  it('writes a file without tensors', async () => {
    const path = join(await temporaryFolder(), 'empty');
    await (await SafetensorsWriter.create(path, [])).finish();
    const file = await openSafetensors(path);
    expect(file.tensors.size).toBe(0);
    await file.close();
  });

  it('refuses a wrong order, too many bytes and missing bytes, and leaves nothing behind', async () => {
    const folder = await temporaryFolder();
    const writer = await SafetensorsWriter.create(join(folder, 'a'), entries);
    await expect(writer.write('a"é', Uint8Array.of(1))).rejects.toThrow(RangeError);
    await expect(writer.write('z', new Uint8Array(17))).rejects.toThrow(RangeError);
    await writer.write('z', new Uint8Array(16));
    await expect(writer.write('z', new Uint8Array(1))).rejects.toThrow(RangeError);
    await expect(writer.finish()).rejects.toThrow(RangeError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses names twice and shapes past exact integers', () => {
    const tensor: TensorEntry = { name: 'a', dtype: 'U8', shape: [1] };
    expect(() => serialiseSafetensorsHeader([tensor, tensor])).toThrow(RangeError);
    expect(() => serialiseSafetensorsHeader([{ ...tensor, shape: [2 ** 40, 2 ** 40] }])).toThrow(RangeError);
    expect(() => serialiseSafetensorsHeader([{ ...tensor, name: '__metadata__' }])).toThrow(RangeError);
  });
});
