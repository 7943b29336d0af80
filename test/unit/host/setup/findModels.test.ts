import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findModel, findModels } from '../../../../src/host/setup/findModels';
import type { ListFiles } from '../../../../src/host/setup/workspaceFiles';
import { codeOf, temporaryFolder } from '../../formats-model/temporaryFolder';
import { LLAMA_CONFIG, writeConfig, writeTinyModel } from '../../formats-model/tinyModel';

const listAll =
  (folder: string): ListFiles =>
  async () =>
    (await readdir(folder, { recursive: true })).map((name) => path.join(folder, name));

async function emptyCache(): Promise<string> {
  const cache = await temporaryFolder();
  vi.stubEnv('HF_HUB_CACHE', cache);
  onTestFinished(() => void vi.unstubAllEnvs());
  return cache;
}

describe('findModels', () => {
  it('says of each folder with a model_type its family and size, and why a run would refuse it', async () => {
    await emptyCache();
    const folder = await temporaryFolder();
    await writeTinyModel(path.join(folder, 'good'));
    await writeConfig(path.join(folder, 'bert'), { model_type: 'bert' });
    await writeConfig(path.join(folder, 'bare'), LLAMA_CONFIG);
    await writeConfig(path.join(folder, 'app'), { port: 8080 });
    await writeConfig(path.join(folder, 'lora'), LLAMA_CONFIG);
    await writeFile(path.join(folder, 'lora', 'adapter_config.json'), '{}');
    const found = await findModels({ embeddedRoot: path.join(folder, 'none'), listFiles: listAll(folder) });
    expect(found.map(({ name, problem }) => [path.basename(name), problem?.code])).toEqual([
      ['bare', 'weights-missing'],
      ['bert', 'unknown-model-type'],
      ['good', undefined],
    ]);
    // Embedding 80, two layers of 16 + 64 + 32 + 32 + 64 + 3 * 48, norm 8, head 80.
    const { size } = await stat(path.join(folder, 'good', 'model.safetensors'));
    expect(found[2]).toMatchObject({
      origin: 'workspace',
      family: 'llama',
      parameters: 872,
      weightBytes: size,
    });
    expect(found[2]?.reference).toBe(path.join(folder, 'good'));
    expect(found[0]).toMatchObject({ family: 'llama', parameters: 872, weightBytes: null });
    expect(found[1]).toMatchObject({ family: 'bert', parameters: null });
  });

  it('lists embedded models and those of the local cache by the names that experiments give them', async () => {
    const cache = await emptyCache();
    const repository = path.join(cache, 'models--org--tiny');
    await mkdir(path.join(repository, 'refs'), { recursive: true });
    await writeFile(path.join(repository, 'refs', 'main'), 'abc');
    await mkdir(path.join(repository, 'snapshots'));
    await writeTinyModel(path.join(repository, 'snapshots', 'abc'));
    const found = await findModels({
      embeddedRoot: path.resolve('native-models'),
      listFiles: () => Promise.resolve([]),
    });
    expect(found.map(({ origin, reference, problem }) => [origin, reference, problem])).toEqual([
      ['embedded', 'embedded:aligned-tiny', null],
      ['embedded', 'embedded:random-tiny', null],
      ['hub', 'hub:org/tiny', null],
    ]);
  });

  it.skipIf(process.platform === 'win32')('takes no file from outside the model', async () => {
    const folder = await temporaryFolder();
    await writeConfig(path.join(folder, 'elsewhere'), LLAMA_CONFIG);
    await mkdir(path.join(folder, 'linked'));
    await symlink(path.join(folder, 'elsewhere', 'config.json'), path.join(folder, 'linked', 'config.json'));
    const { problem } = await findModel(path.join(folder, 'linked'), folder);
    expect(problem?.code).toBe('model-file-outside');
  });

  it('ends when it is cancelled', async () => {
    await emptyCache();
    const search = findModels({
      embeddedRoot: path.resolve('native-models'),
      listFiles: () => Promise.resolve([]),
      signal: AbortSignal.abort(),
    });
    expect(await codeOf(() => search)).toBe('cancelled');
  });
});

describe('findModel', () => {
  it('describes what the user named, a mistake too', async () => {
    const root = path.resolve('native-models');
    const [tiny, absent] = await Promise.all([
      findModel('embedded:aligned-tiny', root),
      findModel(path.join(root, 'nowhere'), root),
    ]);
    expect(tiny).toMatchObject({ origin: 'embedded', name: 'aligned-tiny', family: 'llama', problem: null });
    expect(absent.problem?.code).toBe('model-not-found');
  });
});
