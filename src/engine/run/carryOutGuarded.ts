import type { IdentifyParams, IdentifyResult } from '../../protocol/engine';
import { ToolError, engineError } from '../../protocol/errors';
import type { RunDirectory } from '../../store/runDirectory';
import type { Provider } from '../ort/providers';
import { carryOut } from './carryOut';
import type { EngineContext } from './identify';
import { rememberVerdicts } from './providers/rememberedVerdicts';
import { chosenProvider } from './providers/chosenProvider';
import { ProviderFault, runApart } from './runApart';
import type { RunInputs } from './runInputs';

/**
 * Carries the run out on a provider that may fail in it. One that is not the CPU has a process of its own; where it
 * fails, the run goes on after its last whole layer on the next that works, or stops, as `engine.onProviderFailure`
 * says. The run's lock is this process's throughout.
 * @throws engine error `provider-failed` where it is to stop; ToolErrors of a run
 */
export async function carryOutGuarded(
  run: RunDirectory,
  inputs: RunInputs,
  first: Provider,
  params: IdentifyParams,
  asked: EngineContext,
): Promise<IdentifyResult> {
  const context = startedOnce(asked);
  const release = await run.acquireLock();
  const failed: Provider[] = [];
  try {
    for (let provider = first; ;) {
      if (provider === 'cpu') return await carryOut(run, inputs, provider, context);
      try {
        return await runApart(run, provider, params, context);
      } catch (error) {
        if (context.signal.reason instanceof ToolError) await noteStop(run, context.signal.reason.message);
        if (!(error instanceof ProviderFault)) throw error;
        await noteFault(run, provider, error);
        if (inputs.experiment.engine.onProviderFailure === 'stop') throw stopped(provider, error);
        failed.push(provider);
        const next = await chosenProvider('auto', context, failed);
        const message = `${provider} failed in the run: ${error.message}. It goes on after its last whole layer on ${next}.`;
        context.emit('log', { level: 'warn', message });
        provider = next;
      }
    }
  } finally {
    await release();
  }
}

/** A run that goes on elsewhere is no other run to who asked for it. */
function startedOnce(context: EngineContext): EngineContext {
  let isStarted = false;
  const emit: EngineContext['emit'] = (name, payload) => {
    if (name === 'runStarted' && isStarted) return;
    isStarted ||= name === 'runStarted';
    context.emit(name, payload);
  };
  return { ...context, emit };
}

async function noteFault(
  run: RunDirectory,
  provider: Provider,
  { message, exit }: ProviderFault,
): Promise<void> {
  // What ONNX Runtime could still say, the other process has written itself.
  if (exit) await noteStop(run, `${provider}: ${message}`);
  // A signal from outside (SIGKILL: the system was short of memory) says nothing of the provider.
  if (!exit || exit.signal === 'SIGKILL' || exit.signal === 'SIGTERM') return;
  const detail = `took its process down in a run: ${exit.reason}`;
  await rememberVerdicts([{ name: provider, usable: false, detail, speedup: null }]);
}

const noteStop = (run: RunDirectory, reason: string): Promise<void> =>
  run.appendEvent({ event: 'stopped', reason });

const stopped = (provider: Provider, { message }: ProviderFault): ToolError =>
  engineError(
    'provider-failed',
    `${provider} failed in the run: ${message}.`,
    'What whole layers gave is kept: resume the run, on the CPU (provider cpu) if it fails again.',
  );
