import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { startEngine, type EngineProcess } from '../../../src/store/engineProcess';
import { temporaryFolder } from './testRuns';

/** Plays an engine: `provider` of the call says how it behaves. Written against the messages, not against rpc.ts. */
const SCRIPT = `
process.on('disconnect', () => process.exit(0));
process.on('message', ({ kind, id, params }) => {
  if (kind === 'cancel') return process.send({ kind: 'error', id, error:
    { kind: 'cancelled', code: 'cancelled', message: 'engine stopped', mend: 'm' } });
  const { outDir: how } = params ?? {};
  if (how === 'crash') { console.error('about to die'); process.abort(); }
  if (how === 'block') for (;;);
  if (how === 'wait') return;
  if (how === 'fail') return process.send({ kind: 'error', id, error:
    { kind: 'input', code: 'no-model', message: 'no such model', mend: 'm' } });
  process.send({ kind: 'event', name: 'runStarted', data: { runDir: '/r' } });
  process.send({ kind: 'result', id, result: { runDir: '/r', wasComplete: typeof gc !== 'function' } });
});
process.on('SIGTERM', () => { if (process.env.STUBBORN !== '1') process.exit(0); });
process.send({ kind: 'noise' });
`;

let enginePath: string;
const started: EngineProcess[] = [];
beforeAll(async () => {
  enginePath = path.join(await temporaryFolder(), 'engine.cjs');
  await writeFile(enginePath, SCRIPT);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((engine) => engine.stop()));
});

function start(env: Record<string, string> = {}, at = enginePath): EngineProcess {
  const engine = startEngine({ enginePath: at, env });
  started.push(engine);
  return engine;
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('answers calls, sends events, and has gc()', async () => {
  const engine = start();
  const events: unknown[] = [];
  engine.client.onEvent('runStarted', (event) => events.push(event));
  expect(await engine.client.call('identify', {})).toEqual({ runDir: '/r', wasComplete: false });
  expect(events).toEqual([{ runDir: '/r' }]);
});

it("passes the engine's own errors on", async () => {
  await expect(start().client.call('identify', { outDir: 'fail' })).rejects.toMatchObject({
    kind: 'input',
    code: 'no-model',
  });
});

it('a crash rejects the call with the signal, and the log has its tail', async () => {
  const engine = start();
  await expect(engine.client.call('identify', { outDir: 'crash' })).rejects.toMatchObject({
    kind: 'engine',
    code: 'engine-gone',
    message: expect.stringContaining('SIGABRT') as unknown,
  });
  expect(engine.stderrTail()).toContain('about to die');
  expect(await new Promise((resolve) => engine.onExit(resolve))).toMatchObject({ signal: 'SIGABRT' });
  await expect(engine.client.call('doctor', null)).rejects.toMatchObject({ code: 'engine-gone' });
});

it('an engine that is not there ends the call too', async () => {
  const engine = start({}, '/nowhere/engine.js');
  await expect(engine.client.call('doctor', null)).rejects.toMatchObject({ code: 'engine-gone' });
});

it.each(['wait', 'block'])('cancels one that would %s within a second', async (how) => {
  const engine = start();
  const controller = new AbortController();
  const call = engine.client.call('identify', { outDir: how }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 300);
  const rejected = expect(call).rejects.toMatchObject({ kind: 'cancelled' });
  await new Promise((resolve) => controller.signal.addEventListener('abort', resolve));
  const abortedMs = Date.now();
  await rejected;
  // 900 ms of grace, and a kill on a busy machine.
  expect(Date.now() - abortedMs).toBeLessThan(how === 'block' ? 1500 : 500);
  expect(isAlive(engine.pid!)).toBe(how === 'wait');
});

it('stop asks, and kills what does not listen after 3 s', async () => {
  const polite = start();
  await polite.client.call('identify', {});
  await polite.stop();
  expect(isAlive(polite.pid!)).toBe(false);
  const stubborn = start({ STUBBORN: '1' });
  await stubborn.client.call('identify', {});
  const beganMs = Date.now();
  await stubborn.stop();
  expect(isAlive(stubborn.pid!)).toBe(false);
  expect(Date.now() - beganMs).toBeGreaterThanOrEqual(2900);
  expect(Date.now() - beganMs).toBeLessThan(6000);
});
