import type { KnownProviders, ProviderVerdict } from '../../../protocol/engine';
import { PROVIDERS } from '../../ort/providers';
import { automatic, fastest } from './chooseProvider';
import { rememberedVerdicts, rememberVerdicts } from './rememberedVerdicts';
import { tryProviders } from './verdicts';

/**
 * What is known of every provider, and what `auto` would take.
 * @param isToTry tries all of them first, which takes seconds
 * @throws `signal`'s reason
 */
export async function knownProviders(isToTry: boolean, signal: AbortSignal): Promise<KnownProviders> {
  if (isToTry) await tryAll(signal);
  const known = await rememberedVerdicts();
  const tried = automatic().map((id) => known.find(({ name }) => name === id));
  return {
    auto: tried.every((verdict) => verdict !== undefined) ? fastest(tried) : null,
    providers: PROVIDERS.map(({ id, platforms, isAutomatic }) => {
      const { usable, detail, at } = known.find(({ name }) => name === id) ?? {};
      return {
        name: id,
        isHere: platforms.includes(process.platform),
        isAutomatic,
        found:
          usable === undefined || detail === undefined || at === undefined ? null : { usable, detail, at },
      };
    }),
  };
}

/** Every provider, for the runs to come. */
export async function tryAll(signal?: AbortSignal): Promise<ProviderVerdict[]> {
  const verdicts = await tryProviders(signal);
  // What was cut short says nothing of the provider.
  signal?.throwIfAborted();
  await rememberVerdicts(verdicts);
  return verdicts;
}
