/** A run on a provider that may take its process along: in a process of its own, whose death is told as a fault. */
import path from 'node:path';

import type { IdentifyParams, IdentifyResult } from '../../protocol/engine';
import { ToolError } from '../../protocol/errors';
import { startEngine, type EngineExit, type EngineProcess } from '../../store/engineProcess';
import type { RunDirectory } from '../../store/runDirectory';
import type { Provider } from '../ort/providers';
import type { EngineContext } from './identify';

/** Argument of the engine that works for another one: see `EngineEnvironment.isApart`. */
export const APART = '--apart';

/** What the provider failed with, and not the run. */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';

  constructor(
    message: string,
    /** How the process ended; null where ONNX Runtime could still say what was wrong. */
    readonly exit: EngineExit | null,
  ) {
    super(message);
  }
}

/** @throws ProviderFault; ToolErrors of a run */
export async function runApart(
  run: RunDirectory,
  provider: Provider,
  { judge }: IdentifyParams,
  context: EngineContext,
): Promise<IdentifyResult> {
  const { signal } = context;
  const engine = startEngine({ enginePath: path.join(__dirname, 'engine.js') }, [APART]);
  engine.client.onEvent('runStarted', (event) => context.emit('runStarted', event));
  engine.client.onEvent('progress', (event) => context.emit('progress', event));
  engine.client.onEvent('log', (event) => context.emit('log', event));
  const params: IdentifyParams = { resumeDir: run.path, provider, ...(judge && { judge }) };
  try {
    return await engine.client.call('identify', params, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const { code, message } = ToolError.from(error);
    if (code === 'provider-failed') throw new ProviderFault(message, null);
    if (code === 'engine-gone') throw await deathOf(engine);
    throw error;
  } finally {
    await engine.stop();
  }
}

async function deathOf(engine: EngineProcess): Promise<ProviderFault> {
  const exit = await new Promise<EngineExit>((resolve) => engine.onExit(resolve));
  const last = engine.stderrTail().trimEnd().split('\n').at(-1)?.trim().slice(-200) ?? '';
  return new ProviderFault(
    `its process ended with ${exit.reason}${last === '' ? '' : `, its last line: ${last}`}`,
    exit,
  );
}
