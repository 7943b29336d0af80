import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { checkExportFormat, exportRegion } from '../../../src/store/exportRegion';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { openSafetensors } from '../../../src/store/safetensorsFile';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';
import { finishedRun, PARAMETER, REGIONS, SHAPE, temporaryFolder } from './testRuns';

let folder: string;
let run: RunDirectory;
beforeAll(async () => {
  folder = await temporaryFolder();
  run = await finishedRun(folder);
});
const region = (id: string): string => run.file('regions', 'snip', `${id}.safetensors`);

it('safetensors: a BOOL tensor of the full shape, true exactly at the region', async () => {
  const out = path.join(folder, 'd0.safetensors');
  await exportRegion(region('D0'), 'safetensors', out);
  const file = await openSafetensors(out);
  expect([...file.tensors.keys()]).toEqual([PARAMETER]);
  expect(file.tensor(PARAMETER)).toMatchObject({ dtype: 'BOOL', shape: SHAPE });
  const flags = new Uint8Array(15);
  await file.readBytes(PARAMETER, flags);
  await file.close();
  expect([...flags.keys()].filter((i) => flags[i] === 1)).toEqual(REGIONS.D0);
  expect([...flags].every((flag) => flag <= 1)).toBe(true);
});

it('json: ascending flat indices', async () => {
  const out = path.join(folder, 'd1.json');
  await exportRegion(region('D1'), 'json', out);
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual({
    schemaVersion: 1,
    parameters: { [PARAMETER]: { shape: SHAPE, indices: REGIONS.D1 } },
  });
});

it('crosses the pieces in which bits are read', async () => {
  const rows = 1025;
  const bytes = rows * 1024;
  const bits = new Uint8Array(bytes);
  const set = [0, (1 << 23) - 1, 1 << 23, bytes * 8 - 1];
  for (const index of set) bits[index >> 3]! |= 1 << (index & 7);
  const file = path.join(folder, 'large.safetensors');
  const metadata = { payload: 'weights', shapes: JSON.stringify({ w: [rows, 8192] }) };
  const writer = await SafetensorsWriter.create(file, [{ name: 'w', dtype: 'U8', shape: [bytes] }], metadata);
  await writer.write('w', bits);
  await writer.finish();
  const out = path.join(folder, 'large.json');
  await exportRegion(file, 'json', out);
  expect(JSON.parse(await readFile(out, 'utf8'))).toMatchObject({ parameters: { w: { indices: set } } });
  const masks = path.join(folder, 'large-masks.safetensors');
  await exportRegion(file, 'safetensors', masks);
  const flags = (await readFile(masks)).subarray(-rows * 8192);
  expect(set.map((index) => flags[index])).toEqual([1, 1, 1, 1]);
  expect(flags.reduce((sum, flag) => sum + flag, 0)).toBe(4);
});

it.each([
  ['a missing payload', {}],
  ['shapes that are no JSON', { payload: 'weights', shapes: '{' }],
  ['no shape', { payload: 'weights', shapes: '{}' }],
  ['a shape of another size', { payload: 'weights', shapes: '{"w":[100]}' }],
])('refuses a file with %s', async (_, metadata) => {
  const file = path.join(folder, 'bad.safetensors');
  const writer = await SafetensorsWriter.create(file, [{ name: 'w', dtype: 'U8', shape: [2] }], metadata);
  await writer.write('w', new Uint8Array(2));
  await writer.finish();
  const out = path.join(folder, 'bad.json');
  await writeFile(out, 'older');
  await expect(exportRegion(file, 'json', out)).rejects.toMatchObject({ code: 'region-damaged' });
  expect(await readFile(out, 'utf8')).toBe('older');
});

it('names the formats of this version', () => {
  expect(() => checkExportFormat('npz')).toThrow(
    expect.objectContaining({ code: 'export-format', mend: 'Use one of: safetensors, json.' }) as Error,
  );
  expect(checkExportFormat('json')).toBe('json');
});
