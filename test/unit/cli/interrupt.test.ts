import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';
import { EXPERIMENT_TEXT, temporaryFolder } from '../store/testRuns';

/** Says its pid in a log event; BLOCK: never answers anything again, as in a long native call. */
const ENGINE = `
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', ({ kind, id }) => {
  if (kind === 'cancel') return process.send({ kind: 'error', id,
    error: { kind: 'cancelled', code: 'cancelled', message: 'Cancelled.', mend: '' } });
  process.send({ kind: 'event', name: 'log', data: { level: 'info', message: 'pid ' + process.pid } }, () => {
    if (process.env.BLOCK === '1') for (;;);
  });
});
`;

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(path.join(folder, 'engine.js'), ENGINE);
  await writeFile(path.join(folder, 'x.json'), EXPERIMENT_TEXT);
  await build({
    entryPoints: ['src/cli/main.ts'],
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    outfile: path.join(folder, 'cli.js'),
  });
});

async function startedCli(block: boolean) {
  const child = spawn(process.execPath, ['cli.js', 'identify', 'x.json'], {
    cwd: folder,
    env: { ...process.env, BLOCK: block ? '1' : '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let enginePid = 0;
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(stderr)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      enginePid ||= Number(/^pid (\d+)$/m.exec(stderr)?.[1] ?? 0);
      if (enginePid > 0) resolve();
    });
  });
  return { child, enginePid, stderr: () => stderr };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.each([
  ['answers', false],
  ['is deaf', true],
])('SIGINT ends with 130 where the engine %s, and the engine is gone', async (_, block) => {
  const { child, enginePid, stderr } = await startedCli(block);
  const beganMs = Date.now();
  child.kill('SIGINT');
  const [status] = (await once(child, 'close')) as [number];
  expect(status).toBe(130);
  expect(stderr()).toContain('error[cancelled]: ');
  expect(isAlive(enginePid)).toBe(false);
  expect(Date.now() - beganMs).toBeLessThan(2500);
});

it('goes on where nobody reads standard error, and still ends with its status', async () => {
  const child = spawn(process.execPath, ['cli.js', 'identify', 'missing.json'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.stderr.destroy();
  expect(await once(child, 'close')).toEqual([2, null]);
});

it('an engine that listens to its channel ends when the command line is killed', async () => {
  const { child, enginePid } = await startedCli(false);
  child.kill('SIGKILL');
  await once(child, 'close');
  const beganMs = Date.now();
  while (isAlive(enginePid) && Date.now() - beganMs < 3000)
    await new Promise((resolve) => setTimeout(resolve, 20));
  expect(isAlive(enginePid)).toBe(false);
});
