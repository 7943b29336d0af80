import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { codeOf, messageOf, temporaryFolder } from './temporaryFolder';
import { open, writeTinyModel } from './tinyModel';

describe.skipIf(process.platform === 'win32')('hub cache and links', () => {
  const COMMIT = 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678';

  /** models--org--name as the hub's client lays it out: refs, blobs, snapshots of relative links. */
  async function makeCache(): Promise<{ cache: string; repository: string; snapshot: string }> {
    const cache = join(await temporaryFolder(), 'hub');
    const repository = join(cache, 'models--org--tiny-1.5');
    const snapshot = join(repository, 'snapshots', COMMIT);
    for (const folder of ['refs/pr', 'blobs']) await mkdir(join(repository, folder), { recursive: true });
    await mkdir(snapshot, { recursive: true });
    await writeTinyModel(join(cache, 'made'));
    for (const name of ['config.json', 'model.safetensors']) {
      await writeFile(join(repository, 'blobs', `blob-${name}`), await readFile(join(cache, 'made', name)));
      await symlink(relative(snapshot, join(repository, 'blobs', `blob-${name}`)), join(snapshot, name));
    }
    await writeFile(join(repository, 'refs', 'main'), COMMIT);
    await writeFile(join(repository, 'refs', 'pr', '1'), `${COMMIT}\n`);
    vi.stubEnv('HF_HUB_CACHE', cache);
    onTestFinished(() => void vi.unstubAllEnvs());
    return { cache, repository, snapshot };
  }

  it('finds main, another ref and a commit', async () => {
    const { snapshot } = await makeCache();
    for (const revision of ['', '@main', '@pr/1', `@${COMMIT}`]) {
      const model = await open(`hub:org/tiny-1.5${revision}`);
      expect(model.directory).toBe(snapshot);
      const into = new Float32Array(8);
      await model.readFloat32('model.norm.weight', into);
      expect(into[1]! - into[0]!).toBe(0.25);
    }
  });

  it('a snapshot named by its path follows the same links', async () => {
    const { snapshot } = await makeCache();
    vi.stubEnv('HF_HUB_CACHE', join(snapshot, 'elsewhere'));
    expect((await open(snapshot)).directory).toBe(snapshot);
  });

  it('a directory may link into the cache, and nowhere else', async () => {
    const { snapshot } = await makeCache();
    const folder = await temporaryFolder();
    for (const name of ['config.json', 'model.safetensors'])
      await symlink(join(snapshot, name), join(folder, name));
    expect((await open(folder)).parameterCount).toBeGreaterThan(0);
    vi.stubEnv('HF_HUB_CACHE', join(folder, 'none'));
    expect(await codeOf(() => open(folder))).toBe('model-file-outside');
  });

  it('a blob outside the repository is refused', async () => {
    const { cache, snapshot } = await makeCache();
    await rm(join(snapshot, 'config.json'));
    await symlink(join(cache, 'made', 'config.json'), join(snapshot, 'config.json'));
    expect(await codeOf(() => open('hub:org/tiny-1.5'))).toBe('model-file-outside');
  });

  it('a ref that is a path is not followed', async () => {
    const { cache, repository } = await makeCache();
    await writeFile(join(repository, 'refs', 'main'), '../../../made');
    expect(await codeOf(() => open('hub:org/tiny-1.5'))).toBe('model-not-found');
    expect(await codeOf(() => open('hub:org/other'))).toBe('model-not-found');
    expect(await messageOf(() => open('hub:org/other'))).toContain(cache);
  });

  it.each([
    '',
    'a/b/c',
    '../x',
    'org/..',
    'org/a--b',
    'org/a..b',
    '/x',
    'org/',
    'org/x@',
    'org/x@../main',
    'org/x@a@b',
  ])('hub:%s is no name', async (name) => {
    await makeCache();
    expect(await codeOf(() => open(`hub:${name}`))).toBe('bad-model-reference');
  });
});
