import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { ensureFolder, isTemporary, temporaryPath, writeFileAtomic } from '../../../src/store/atomicFile';
import { temporaryFolder } from './testRuns';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});

it('replaces a file, makes its folder and leaves nothing else', async () => {
  const file = path.join(folder, 'a', 'b', 'file.json');
  await writeFileAtomic(file, 'one');
  await writeFileAtomic(file, new Uint8Array([0x32]));
  expect(await readFile(file, 'utf8')).toBe('2');
  expect(await readdir(path.dirname(file))).toEqual(['file.json']);
});

it('leaves no temporary file where the rename fails', async () => {
  const target = path.join(folder, 'is-a-folder');
  await ensureFolder(path.join(target, 'inside'));
  await expect(writeFileAtomic(target, 'x')).rejects.toThrow();
  expect((await readdir(folder)).filter(isTemporary)).toEqual([]);
});

it('knows its temporary names', () => {
  expect(isTemporary(temporaryPath('/x/file.json'))).toBe(true);
  expect(isTemporary('file.tmp')).toBe(false);
});

it('kill -9 at any moment leaves the old file or the new one, whole', async () => {
  const script = path.join(folder, 'writer.cjs');
  await build({
    stdin: {
      contents: `import { writeFileAtomic } from './src/store/atomicFile';
        const size = 4 << 20;
        (async () => { for (let i = 0; ; i++) {
          await writeFileAtomic(process.argv[2], Buffer.alloc(size, 65 + (i % 2)));
          if (i === 0) console.log('first');
        } })();`,
      resolveDir: process.cwd(),
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    outfile: script,
  });
  const home = path.join(folder, 'killed');
  await mkdir(home);
  let seenTemporary = 0;
  for (let round = 0; round < 12; round++) {
    const file = path.join(home, `file${round}`);
    const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const bytes = await readFile(file);
    expect((await stat(file)).size).toBe(4 << 20);
    expect(bytes.equals(Buffer.alloc(4 << 20, bytes[0]))).toBe(true);
    seenTemporary += (await readdir(home)).filter(isTemporary).length;
  }
  // Otherwise no kill fell into a write, and nothing was shown.
  expect(seenTemporary).toBeGreaterThan(0);
});
