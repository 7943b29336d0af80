/** The engine's one run, which may outlive whoever asked for it: the next caller finds it here. */
import type { EngineEvents, IdentifyResult, RunProgress } from '../protocol/engine';
import { usageError, type ToolError } from '../protocol/errors';
import { isCallerGone } from '../protocol/rpc';
import type { EngineContext } from './run/identify';

interface KeptRun {
  readonly controller: AbortController;
  readonly result: Promise<IdentifyResult>;
  /** Who follows the run now. */
  caller: EngineContext;
  started?: EngineEvents['runStarted'];
  progress?: RunProgress;
}

export class RunKeeper {
  #run: KeptRun | null = null;

  /** Resolves when no run goes on, however it ended. */
  async ended(): Promise<void> {
    await this.#run?.result.catch(() => undefined);
  }

  get isRunning(): boolean {
    return this.#run !== null;
  }

  /** @throws usage error `run-going-on` */
  start(
    asked: EngineContext,
    work: (context: EngineContext) => Promise<IdentifyResult>,
  ): Promise<IdentifyResult> {
    if (this.#run) {
      throw usageError('run-going-on', 'A run is going on in this engine.', 'Wait for it, or cancel it.');
    }
    const controller = new AbortController();
    const emit: EngineContext['emit'] = (name, data) => {
      if (name === 'runStarted') run.started = data as EngineEvents['runStarted'];
      if (name === 'progress') run.progress = data as RunProgress;
      run.caller.emit(name, data);
    };
    // `work` must find `run` made when it emits.
    const result = Promise.resolve()
      .then(() => work({ signal: controller.signal, emit }))
      .finally(() => (this.#run = null));
    const run: KeptRun = { controller, result, caller: asked };
    this.#run = run;
    return follow(run, asked.signal);
  }

  /** @throws usage error `no-run` */
  follow(caller: EngineContext): Promise<IdentifyResult> {
    const run = this.#run;
    if (!run) throw usageError('no-run', 'No run is going on in this engine.', 'It has ended meanwhile.');
    run.caller = caller;
    if (run.started) caller.emit('runStarted', run.started);
    if (run.progress) caller.emit('progress', run.progress);
    return follow(run, caller.signal);
  }

  /** What is done is kept; events.jsonl says why. */
  stop(reason: ToolError): void {
    this.#run?.controller.abort(reason);
  }
}

/** A cancel ends the run; a caller who goes away does not. */
function follow({ controller, result }: KeptRun, signal: AbortSignal): Promise<IdentifyResult> {
  signal.addEventListener('abort', () => {
    if (!isCallerGone(signal)) controller.abort();
  });
  return result;
}
