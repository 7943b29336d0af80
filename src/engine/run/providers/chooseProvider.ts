import { mkdir, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod';

import type { ProviderName, ProviderVerdict } from '../../../protocol/engine';
import { usageError } from '../../../protocol/errors';
import { writeFileAtomic } from '../../../store/atomicFile';
import { userCache } from '../../../store/userCache';
import { PROVIDERS, providerTraits, type Provider } from '../../ort/providers';
import { runtimeVersion } from '../../ort/runtime';
import { verdictOn } from './verdicts';

declare const TOOL_VERSION: string;

export interface ChooseOptions {
  readonly signal?: AbortSignal;
  /** Not taken by `auto`. */
  readonly except?: readonly Provider[];
  /** Told before providers are tried, which takes seconds; not where it was done lately. */
  readonly onTry?: (providers: readonly Provider[]) => void;
}

/**
 * The provider that a run gets: the one that was named, or for `auto` the fastest that is right on this machine, which
 * the CPU always is.
 * @throws usage error `provider-unavailable` where one was named that does not work here, with what was found
 */
export async function chooseProvider(wanted: ProviderName, options: ChooseOptions = {}): Promise<Provider> {
  if (wanted === 'cpu') return 'cpu';
  if (wanted === 'auto') {
    const candidates = PROVIDERS.filter(
      ({ id, isAutomatic, platforms }) =>
        id !== 'cpu' && isAutomatic && platforms.includes(process.platform) && !options.except?.includes(id),
    ).map(({ id }) => id);
    return fastest(await recentVerdicts(candidates, options));
  }
  // Who names one that did not work may have mended it.
  const [verdict] = await recentVerdicts([wanted], options, ({ usable }) => usable);
  if (verdict?.usable) return wanted;
  throw usageError(
    'provider-unavailable',
    `The provider '${wanted}' does not work here: ${verdict?.detail ?? 'it was not tried'}.`,
    `${providerTraits(wanted).mend} Or use --provider cpu.`,
  );
}

/** Equal speed is none: the CPU is what everything was checked on. */
export function fastest(verdicts: readonly ProviderVerdict[]): Provider {
  let best: { provider: Provider; speedup: number } = { provider: 'cpu', speedup: 1 };
  for (const { name, usable, speedup } of verdicts) {
    if (usable && name !== 'auto' && speedup !== null && speedup > best.speedup)
      best = { provider: name, speedup };
  }
  return best.provider;
}

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
type Remembered = z.output<typeof cacheSchema>[number];

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

async function recentVerdicts(
  providers: readonly Provider[],
  { signal, onTry }: ChooseOptions,
  isEnough: (known: ProviderVerdict) => boolean = () => true,
): Promise<ProviderVerdict[]> {
  const machine = machineKey();
  const known = (await readRemembered()).filter(
    (entry) => entry.machine === machine && Date.now() - Date.parse(entry.at) < FRESH_MS && isEnough(entry),
  );
  const missing = providers.filter((id) => !known.some(({ name }) => name === id));
  if (missing.length > 0) onTry?.(missing);
  const tried = await Promise.all(missing.map((id) => verdictOn(id, signal)));
  if (!signal?.aborted) await rememberVerdicts(tried);
  return providers.flatMap((id) => [...tried, ...known].find(({ name }) => name === id) ?? []);
}

/** For the runs to come. A cache that cannot be read or written is none. */
export async function rememberVerdicts(verdicts: readonly ProviderVerdict[]): Promise<void> {
  if (verdicts.length === 0) return;
  const others = (await readRemembered()).filter(
    ({ name }) => !verdicts.some((verdict) => verdict.name === name),
  );
  const [machine, at] = [machineKey(), new Date().toISOString()];
  const entries = [...others, ...verdicts.map((verdict) => ({ ...verdict, machine, at }))];
  try {
    await mkdir(userCache(), { recursive: true, mode: 0o700 });
    await writeFileAtomic(cacheFile(), `${JSON.stringify(entries, null, 2)}\n`);
  } catch {
    // Tried again next time.
  }
}

async function readRemembered(): Promise<Remembered[]> {
  try {
    return cacheSchema.parse(JSON.parse(await readFile(cacheFile(), 'utf8')));
  } catch {
    return [];
  }
}
