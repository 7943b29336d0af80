/** What was found of the providers of this machine, kept between runs in the user's cache. */
import { mkdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod';

import type { ProviderVerdict } from '../../../protocol/engine';
import { writeFileAtomic } from '../../../store/atomicFile';
import { userCache } from '../../../store/userCache';
import { runtimeVersion } from '../../ort/runtime';

declare const TOOL_VERSION: string;

/** Long enough that nobody waits often, short enough that a new driver is found. */
const FRESH_MS = 7 * 24 * 3_600_000;

const cacheSchema = z.array(
  z.object({
    name: z.enum(['cpu', 'cuda', 'webgpu', 'dml', 'coreml']),
    usable: z.boolean(),
    detail: z.string(),
    speedup: z.number().nullable(),
    /** What it depends on, see `machineKey`, and when it was found. */
    machine: z.string(),
    at: z.iso.datetime(),
  }),
);
export type Remembered = z.output<typeof cacheSchema>[number];

const cacheFile = (): string => path.join(userCache(), 'providers.json');

/** What a verdict depends on, as far as can be seen without trying. */
const machineKey = (): string =>
  [
    TOOL_VERSION,
    runtimeVersion(),
    process.platform,
    process.arch,
    os.release(),
    os.hostname(),
    ...['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES'].map(
      (name) => process.env[name] ?? '',
    ),
  ].join('|');

/** Of this machine as it is, and not too old. */
export async function rememberedVerdicts(): Promise<Remembered[]> {
  const machine = machineKey();
  return (await readAll()).filter(
    (entry) => entry.machine === machine && Date.now() - Date.parse(entry.at) < FRESH_MS,
  );
}

/** For the runs to come. A cache that cannot be read or written is none. */
export async function rememberVerdicts(verdicts: readonly ProviderVerdict[]): Promise<void> {
  if (verdicts.length === 0) return;
  const others = (await readAll()).filter(({ name }) => !verdicts.some((verdict) => verdict.name === name));
  const [machine, at] = [machineKey(), new Date().toISOString()];
  const entries = [...others, ...verdicts.map((verdict) => ({ ...verdict, machine, at }))];
  try {
    await mkdir(userCache(), { recursive: true, mode: 0o700 });
    await writeFileAtomic(cacheFile(), `${JSON.stringify(entries, null, 2)}\n`);
  } catch {
    // Tried again next time.
  }
}

async function readAll(): Promise<Remembered[]> {
  try {
    return cacheSchema.parse(JSON.parse(await readFile(cacheFile(), 'utf8')));
  } catch {
    return [];
  }
}
