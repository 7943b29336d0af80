/** Runs one piece of work with an engine process that is gone afterwards, whatever happens. */
import { existsSync } from 'node:fs';
import { ToolError, engineError } from '../protocol/errors';
import { startEngine, type EngineProcess } from '../store/engineProcess';
import type { CliIo } from './io';

/** @param work is given a signal that an interrupt (Ctrl-C) aborts */
export async function withEngine<T>(
  io: CliIo,
  work: (engine: EngineProcess, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!existsSync(io.enginePath)) {
    throw engineError(
      'engine-missing',
      `${io.enginePath} does not exist.`,
      'Install again, or: npm run build',
    );
  }
  const engine = startEngine({ enginePath: io.enginePath });
  const controller = new AbortController();
  const stopListening = io.onInterrupt(() => controller.abort());
  try {
    return await work(engine, controller.signal);
  } catch (error) {
    if (error instanceof ToolError && error.code === 'engine-gone')
      throw withTail(error, engine.stderrTail());
    throw error;
  } finally {
    stopListening();
    await engine.stop();
  }
}

function withTail(error: ToolError, tail: string): ToolError {
  const lines = tail.split('\n').slice(-20).join('\n').trim();
  return lines === ''
    ? error
    : engineError(error.code, `${error.message} Its last lines:\n${lines}`, error.mend);
}
