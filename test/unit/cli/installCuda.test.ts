import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';

import { installCuda } from '../../../src/cli/cuda/installCuda';
import { neededLibraries } from '../../../src/cli/cuda/neededLibraries';
import { runtimePlace } from '../../../src/cli/cuda/runtimePlace';
import { temporaryFolder } from '../store/testRuns';
import { cliFolder } from './cliFolder';

const SHARED = 'libonnxruntime_providers_shared.so';
const CUDA = 'libonnxruntime_providers_cuda.so';
const VERSION = '1.2.3';

/** The least that a loader would take for a library: one segment of all, and in it names of libraries. */
function library(needed: readonly string[], text = ''): Buffer {
  const names = `\0${needed.map((name) => `${name}\0`).join('')}${text}\0`;
  const [segments, dynamic] = [64, 64 + 2 * 56];
  const strings = dynamic + (needed.length + 2) * 16;
  const file = Buffer.alloc(strings + names.length);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeBigUInt64LE(BigInt(segments), 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(2, 56);
  // In memory it lies elsewhere than in the file.
  const base = 0x10000;
  const segment = (i: number, type: number, offset: number, bytes: number): void => {
    file.writeUInt32LE(type, segments + i * 56);
    [offset, base + offset, base + offset, bytes].forEach((value, k) =>
      file.writeBigUInt64LE(BigInt(value), segments + i * 56 + 8 + k * 8),
    );
  };
  segment(0, 1, 0, file.length);
  segment(1, 2, dynamic, strings - dynamic);
  const entries = [...needed.map((name) => [1, names.indexOf(name)]), [5, base + strings], [0, 0]];
  entries.flat().forEach((value, i) => file.writeBigUInt64LE(BigInt(value), dynamic + i * 8));
  file.write(names, strings, 'latin1');
  return file;
}

let folder: string;
let beside: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  const runtime = path.join(folder, 'node_modules/onnxruntime-node');
  beside = path.join(runtime, 'bin/napi-v6/linux/x64');
  await mkdir(beside, { recursive: true });
  await writeFile(path.join(runtime, 'package.json'), JSON.stringify({ version: VERSION }));
});

async function put(where: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const made = path.join(folder, where);
  await mkdir(made, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(made, name), content);
  return made;
}

const files = (version = VERSION) => ({
  [SHARED]: library(['libm.so.6']),
  [CUDA]: library(['libm.so.6', 'libcudart.so.99'], version),
});

async function install(from: string | null, verdict = { usable: true, detail: 'within 1e-6 of the CPU' }) {
  const said: string[] = [];
  const enginePath = path.join(folder, 'engine.js');
  const error = await installCuda({
    enginePath,
    from,
    print: (text) => said.push(text),
    tryCuda: () => Promise.resolve(verdict),
  }).then(
    () => null,
    (reason: unknown) => reason,
  );
  return { error, said: said.join('\n') };
}

const onlyThere = { skip: `${process.platform}/${process.arch}` !== 'linux/x64' };

describe('doctor --install cuda', onlyThere, () => {
  it('says what is needed of which version and where, and downloads nothing', async () => {
    const { error, said } = await install(null);
    expect(error).toMatchObject({ kind: 'input', code: 'cuda-files-missing' });
    const { message } = error as Error;
    expect(message).toContain(`of exactly ${VERSION} in ${beside}: ${SHARED} (missing), ${CUDA} (missing)`);
    expect(message).toContain(`onnxruntime-gpu ${VERSION} (onnxruntime/capi)`);
    expect(said).toMatch(new RegExp(`${SHARED} +missing`));
    expect(await readdir(beside)).toEqual([]);
  });

  it.each([
    ['a Python environment', 'venv/lib/python3.12/site-packages/onnxruntime/capi', 'venv'],
    ['its site-packages', 'site-packages/onnxruntime/capi', 'site-packages'],
    ['an unpacked archive', 'onnxruntime-linux-x64-gpu/lib', 'onnxruntime-linux-x64-gpu'],
    ['an unpacked NuGet package', 'nuget/runtimes/linux-x64/native', 'nuget'],
    ['the folder of the files', 'plain', 'plain'],
  ])('places the files of %s', async (_, where, given) => {
    const source = await put(where, files());
    const { error, said } = await install(path.join(folder, given));
    expect(error).toBeNull();
    expect(said).toContain(`Copied from ${source}: ${SHARED}, ${CUDA}`);
    expect(said).toMatch(new RegExp(`${CUDA} +in place`));
    expect(said).toContain('Tried: within 1e-6 of the CPU');
    expect((await readdir(beside)).sort()).toEqual([CUDA, SHARED]);
    expect(await readFile(path.join(beside, CUDA))).toEqual(files()[CUDA]);
  });

  it.each<[string, string, Record<string, string | Buffer>, RegExp]>([
    [
      'a library beside them',
      'plain',
      { 'libonnxruntime.so.1.2.2': '' },
      /is of ONNX Runtime 1\.2\.2, and this/,
    ],
    ['VERSION_NUMBER', 'plain', { VERSION_NUMBER: '1.3.0\n' }, /is of ONNX Runtime 1\.3\.0, and this/],
    [
      'the NuGet package',
      'plain',
      { 'Microsoft.ML.OnnxRuntime.Gpu.Linux.nuspec': '<metadata>\n  <version>2.0.0</version>' },
      /is of ONNX Runtime 2\.0\.0, and this/,
    ],
    [
      'the library itself',
      'plain',
      { [CUDA]: library([], '1.2.30') },
      /is of another ONNX Runtime, and this/,
    ],
  ])('refuses those of another version, as %s says', async (_, where, more, message) => {
    const source = await put(where, { ...files(), ...more });
    const { error } = await install(source);
    expect(error).toMatchObject({ kind: 'input', code: 'cuda-version' });
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).toContain(`this program has ${VERSION}`);
    expect(await readdir(beside)).toEqual([]);
  });

  it('takes the version of the wheel that is installed beside', async () => {
    const site = 'venv/lib/python3.12/site-packages';
    await put(`${site}/onnxruntime/capi`, files());
    await put(`${site}/onnxruntime_gpu-1.9.0.dist-info`, {});
    const { error } = await install(path.join(folder, 'venv'));
    expect(error).toMatchObject({ code: 'cuda-version' });
  });

  it('names what a folder lacks, and what is no library', async () => {
    const { [CUDA]: cuda, ...shared } = files();
    const half = await put('half', shared);
    expect((await install(half)).error).toMatchObject({
      code: 'cuda-files-missing',
      message: `${half} lacks ${CUDA}.`,
    });
    // As git-lfs leaves it, and as a download that was cut off.
    for (const [i, broken] of [`version https://git-lfs\0${VERSION}\0`, cuda.subarray(0, 100)].entries()) {
      const source = await put(`broken${i}`, { ...shared, [CUDA]: broken, VERSION_NUMBER: VERSION });
      const { error } = await install(source);
      expect(error).toMatchObject({ code: 'not-a-library' });
      expect((error as Error).message).toContain(path.join(source, CUDA));
    }
    expect(await readdir(beside)).toEqual([]);
  });

  it('names a file in place that an older version has left', async () => {
    const old = files('1.2.2');
    for (const [name, content] of Object.entries(old)) await writeFile(path.join(beside, name), content);
    const { error, said } = await install(null);
    expect((error as Error).message).toContain(`${CUDA} (of another version)`);
    expect(said).toMatch(new RegExp(`${SHARED} +in place`));
  });

  it('says what the files need and the system lacks, and where the environment has it', async () => {
    const site = 'venv/lib/python3.12/site-packages';
    await put(`${site}/onnxruntime/capi`, files());
    const nvidia = await put(`${site}/nvidia/cuda_runtime/lib`, { 'libcudart.so.99': '' });
    await put(`${site}/nvidia/other/lib`, {});
    const { error, said } = await install(path.join(folder, 'venv'), { usable: false, detail: 'no driver' });
    expect(said).toMatch(/libcudart\.so\.99 +nowhere/);
    expect(said).toMatch(/libm\.so\.6 +\//);
    expect(error).toMatchObject({
      code: 'cuda-unusable',
      message: 'The files are in place, and CUDA does not work: no driver.',
      mend: `Install libcudart.so.99 (NVIDIA's CUDA and driver), or start with LD_LIBRARY_PATH=${nvidia}.`,
    });
  });
});

it('is for one system only', async () => {
  await expect(runtimePlace(path.join(folder, 'engine.js'), 'win32/x64')).rejects.toMatchObject({
    code: 'cuda-platform',
  });
});

it('reads what a real library needs', onlyThere, async () => {
  const root = path.resolve(import.meta.dirname, '../../../node_modules/onnxruntime-node');
  // As readelf -d tells it of 1.30.0.
  expect(await neededLibraries(path.join(root, 'bin/napi-v6/linux/x64/libonnxruntime.so.1'))).toEqual([
    'libdl.so.2',
    'librt.so.1',
    'libpthread.so.0',
    'libstdc++.so.6',
    'libm.so.6',
    'libgcc_s.so.1',
    'libc.so.6',
    'ld-linux-x86-64.so.2',
  ]);
});

describe('on the command line', () => {
  it.each([
    [['doctor', '--install', 'rocm'], "error[usage]: --install: 'rocm' is unknown."],
    [['doctor', '--from', 'x'], 'error[usage]: --from belongs to --install.'],
  ])('%j is refused', async (argv, message) => {
    const { cli } = await cliFolder();
    const { status, stderr } = await cli(...argv);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('takes a folder from where it was called', onlyThere, async () => {
    const { cli, folder: called } = await cliFolder();
    folder = called;
    const runtime = await put('node_modules/onnxruntime-node', {
      'package.json': JSON.stringify({ version: VERSION }),
    });
    await put(path.relative(called, path.join(runtime, 'bin/napi-v6/linux/x64')), {});
    await put('mine', files());
    // The engine there says that CUDA does not work.
    const { status, stdout, stderr } = await cli('doctor', '--install', 'cuda', '--from', 'mine');
    expect(status).toBe(3);
    expect(stdout).toContain('Tried: no library');
    expect(stderr).toContain('error[cuda-unusable]');
  });
});
