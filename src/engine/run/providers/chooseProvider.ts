import type { ProviderName, ProviderVerdict } from '../../../protocol/engine';
import { usageError } from '../../../protocol/errors';
import { PROVIDERS, providerTraits, type Provider } from '../../ort/providers';
import { rememberedVerdicts, rememberVerdicts } from './rememberedVerdicts';
import { verdictOn } from './verdicts';

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
    const candidates = automatic().filter((id) => !options.except?.includes(id));
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

/** What `auto` may take here, beside the CPU. */
export const automatic = (): Provider[] =>
  PROVIDERS.filter(
    ({ id, isAutomatic, platforms }) => id !== 'cpu' && isAutomatic && platforms.includes(process.platform),
  ).map(({ id }) => id);

/** Equal speed is none: the CPU is what everything was checked on. */
export function fastest(verdicts: readonly ProviderVerdict[]): Provider {
  let best: { provider: Provider; speedup: number } = { provider: 'cpu', speedup: 1 };
  for (const { name, usable, speedup } of verdicts) {
    if (usable && name !== 'auto' && speedup !== null && speedup > best.speedup)
      best = { provider: name, speedup };
  }
  return best.provider;
}

async function recentVerdicts(
  providers: readonly Provider[],
  { signal, onTry }: ChooseOptions,
  isEnough: (known: ProviderVerdict) => boolean = () => true,
): Promise<ProviderVerdict[]> {
  const known = (await rememberedVerdicts()).filter(isEnough);
  const missing = providers.filter((id) => !known.some(({ name }) => name === id));
  if (missing.length > 0) onTry?.(missing);
  const tried = await Promise.all(missing.map((id) => verdictOn(id, signal)));
  if (!signal?.aborted) await rememberVerdicts(tried);
  return providers.flatMap((id) => [...tried, ...known].find(({ name }) => name === id) ?? []);
}
