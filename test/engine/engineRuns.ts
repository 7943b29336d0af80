import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { IdentifyParams, IdentifyResult, RunProgress } from '../../src/protocol/engine';
import { startEngine, type EngineProcess } from '../../src/store/engineProcess';

const root = path.resolve(import.meta.dirname, '../..');
export const SAMPLE = path.join(root, 'native-models/random-sample/sample.safety-region.json');

/** `npm test` builds it before the suites. */
export const enginePath = path.join(root, 'dist/engine.js');

export const startTestEngine = (): EngineProcess => startEngine({ enginePath });

export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sre-engine-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface WatchedRun {
  readonly engine: EngineProcess;
  readonly result: Promise<IdentifyResult>;
  /** The run's folder, as soon as the engine names it. */
  runDir(): string | undefined;
}

export function startRun(
  params: IdentifyParams,
  onProgress: (progress: RunProgress, engine: EngineProcess) => void = () => undefined,
  signal?: AbortSignal,
): WatchedRun {
  const engine = startTestEngine();
  let runDir: string | undefined;
  engine.client.onEvent('runStarted', (event) => (runDir = event.runDir));
  engine.client.onEvent('progress', (progress) => onProgress(progress, engine));
  return {
    engine,
    result: engine.client.call('identify', params, { ...(signal ? { signal } : {}) }),
    runDir: () => runDir,
  };
}

export async function identify(params: IdentifyParams): Promise<string> {
  const { engine, result } = startRun(params);
  try {
    return (await result).runDir;
  } finally {
    await engine.stop();
  }
}

/** relative path below regions/ -> SHA-256 */
export async function regionHashes(runDir: string): Promise<Record<string, string>> {
  const names = await readdir(path.join(runDir, 'regions'), { recursive: true });
  const files = names.filter((name) => name.endsWith('.safetensors')).sort();
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => {
        const bytes = await readFile(path.join(runDir, 'regions', file));
        return [file, createHash('sha256').update(bytes).digest('hex')] as const;
      }),
    ),
  );
}

/** The sample experiment with some fields replaced, written beside the original so that its paths hold. */
export async function sampleVariant(folder: string, change: Record<string, unknown>): Promise<string> {
  const { parse } = await import('jsonc-parser');
  const sample = parse(await readFile(SAMPLE, 'utf8')) as Record<string, unknown>;
  const absolute = (set: Record<string, unknown>) => ({
    ...set,
    path: path.join(path.dirname(SAMPLE), String(set.path)),
  });
  const experiment = {
    ...sample,
    datasets: (sample.datasets as Record<string, unknown>[]).map(absolute),
    utility: absolute(sample.utility as Record<string, unknown>),
    ...change,
  };
  const file = path.join(folder, 'variant.safety-region.json');
  await writeFile(file, JSON.stringify(experiment));
  return file;
}
