import type { RunDirectory } from '../../store/runDirectory';
import { RunProgressWriter } from '../../store/runProgress';
import type { EngineContext } from './identify';

/** The context, with progress kept in the run directory too, until `stop`: other processes may be watching. */
export function noteProgress(
  run: RunDirectory,
  context: EngineContext,
): { readonly context: EngineContext; stop(): Promise<void> } {
  const writer = new RunProgressWriter(run.path);
  const emit: EngineContext['emit'] = (name, payload) => {
    if (name === 'progress' && 'fraction' in payload) writer.note(payload);
    context.emit(name, payload);
  };
  return { context: { ...context, emit }, stop: () => writer.close() };
}
