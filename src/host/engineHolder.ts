/** The window's one engine process: started when first needed, stopped when idle. */
import type * as vscode from 'vscode';
import type { EngineCalls, EngineEvents } from '../protocol/engine';
import { ToolError, engineError } from '../protocol/errors';
import type { RpcClient } from '../protocol/rpc';
import { startEngine, type EngineProcess } from '../store/engineProcess';
import { readEngineSettings } from './settings';

/** Long enough to start the next run in a warm process, short enough not to hold memory for nothing. */
const IDLE_MS = 60_000;

export class EngineHolder implements vscode.Disposable {
  #engine: EngineProcess | undefined;
  #users = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly enginePath: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Lends the engine's client to `work`; the process does not count as idle before it settles. */
  async use<T>(work: (client: RpcClient<EngineCalls, EngineEvents>) => Promise<T>): Promise<T> {
    const engine = (this.#engine ??= this.#start());
    this.#users++;
    clearTimeout(this.#idleTimer);
    try {
      return await work(engine.client);
    } catch (error) {
      const tail = engine.stderrTail().trim();
      if (tail !== '') this.log.warn(`Standard error of the engine:\n${tail}`);
      throw engine.pid === undefined ? notStarted(error) : error;
    } finally {
      this.#users--;
      if (this.#users === 0) this.#idleTimer = setTimeout(() => this.#stop(), IDLE_MS);
    }
  }

  #start(): EngineProcess {
    const { nodePath } = readEngineSettings();
    const engine = startEngine({
      enginePath: this.enginePath,
      // Inside the desktop VS Code this process is Electron, which is a Node only when told so.
      ...(nodePath === undefined ? { env: { ELECTRON_RUN_AS_NODE: '1' } } : { nodePath }),
    });
    this.log.info(`Engine started, process ${engine.pid ?? 'unknown'}.`);
    engine.client.onEvent('log', ({ level, message }) => this.log[level](message));
    engine.onExit(({ reason }) => {
      this.log.info(`Engine ended: ${reason}.`);
      if (this.#engine === engine) this.#engine = undefined;
    });
    return engine;
  }

  #stop(): void {
    const engine = this.#engine;
    this.#engine = undefined;
    void engine?.stop();
  }

  dispose(): void {
    clearTimeout(this.#idleTimer);
    this.#stop();
  }
}

/** No process, no run: the settings say which program was to be started. */
const notStarted = (error: unknown): ToolError =>
  engineError(
    'engine-not-started',
    ToolError.from(error).message,
    'Correct or clear the setting safetyRegions.engine.nodePath.',
  );
