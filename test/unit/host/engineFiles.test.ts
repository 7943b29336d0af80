import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { missingEngineFile } from '../../../src/host/engineFiles';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'srx-engine-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(...parts: string[]): Promise<string> {
  const file = path.join(folder, ...parts);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, '');
  return file;
}

it('the engine, the runtime of this platform and the Node of the settings are looked for', async () => {
  const runtimes = ['node_modules', 'onnxruntime-node', 'bin', 'napi-v6'];
  expect(await missingEngineFile(folder, undefined)).toBe(path.join(folder, 'dist', 'engine.js'));
  await put('dist', 'engine.js');
  await put(...runtimes, 'plan9', process.arch, 'onnxruntime_binding.node');
  const binding = path.join(folder, ...runtimes, process.platform, process.arch, 'onnxruntime_binding.node');
  expect(await missingEngineFile(folder, undefined)).toBe(binding);
  await put(path.relative(folder, binding));
  expect(await missingEngineFile(folder, undefined)).toBeNull();

  const node = path.join(folder, 'bin', 'node');
  expect(await missingEngineFile(folder, node)).toBe(node);
  await put('bin', 'node');
  expect(await missingEngineFile(folder, node)).toBeNull();
  expect(await missingEngineFile(folder, 'node')).toBeNull();
});
