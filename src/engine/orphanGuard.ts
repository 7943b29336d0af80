import { Worker } from 'node:worker_threads';

const CHECK_EVERY_MS = 500;

/** Runs on a thread of its own: while ONNX Runtime computes, the main thread sees no 'disconnect'. */
const WATCH = `
  const { workerData: { parent, everyMs } } = require('node:worker_threads');
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, everyMs);
`;

/**
 * Ends this process when its parent has ended, within half a second: an orphan computes for nobody, and what whole
 * layers gave is on disk. (Windows keeps the old parent's id; there 'disconnect' alone ends the engine, between two
 * runs of a graph.)
 */
export function endWithParent(): void {
  process.on('disconnect', () => process.exit(0));
  const workerData = { parent: process.ppid, everyMs: CHECK_EVERY_MS };
  new Worker(WATCH, { eval: true, workerData }).unref();
}
