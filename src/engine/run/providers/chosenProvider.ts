import type { ProviderName } from '../../../protocol/engine';
import type { Provider } from '../../ort/providers';
import type { EngineContext } from '../identify';
import { chooseProvider } from './chooseProvider';

/**
 * The provider of a run, whose caller is told where that takes a while.
 * @param except those that have failed already
 * @throws usage error `provider-unavailable`; `cancelled`
 */
export async function chosenProvider(
  wanted: ProviderName,
  context: EngineContext,
  except: readonly Provider[] = [],
): Promise<Provider> {
  const { signal } = context;
  const provider = await chooseProvider(wanted, {
    signal,
    except,
    onTry: (names) => context.emit('log', { level: 'info', message: `Trying ${names.join(' and ')} ...` }),
  });
  signal.throwIfAborted();
  return provider;
}
