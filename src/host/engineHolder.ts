/** The window's one engine process: started when first needed, stopped when idle, let go of when the window goes. */
import type * as vscode from 'vscode';
import type { EngineCalls, EngineEvents } from '../protocol/engine';
import { ToolError, engineError } from '../protocol/errors';
import type { RpcClient } from '../protocol/rpc';
import type { Claim, DetachedEngine } from '../store/detachedEngine';
import type { LockOwner } from '../store/runLock';
import type { EngineSettings } from './settings';

export type EngineState = 'off' | 'starting' | 'ready' | 'crashed';

export interface EngineHolderParts {
  readonly enginePath: string;
  /** Asked each time: the user may change them meanwhile. */
  readonly settings: () => Pick<EngineSettings, 'nodePath' | 'idleMs' | 'leaseMs'>;
  readonly log: Pick<vscode.LogOutputChannel, 'info' | 'warn' | 'error'>;
  readonly stateChanged: (state: EngineState) => void;
}

export type EngineClient = RpcClient<EngineCalls, EngineEvents>;

interface Lent {
  readonly engine: Promise<DetachedEngine>;
  users: number;
  idleTimer?: NodeJS.Timeout;
}

export class EngineHolder implements vscode.Disposable {
  #current: Lent | undefined;
  #isDisposed = false;

  constructor(private readonly parts: EngineHolderParts) {}

  /** Lends the engine's client to `work`; the process does not count as idle before it settles. */
  use<T>(work: (client: EngineClient) => Promise<T>): Promise<T> {
    return this.#lend((this.#current ??= this.#take(this.#start())), work);
  }

  /**
   * Takes over the engine that holds a run's lock, which it lends to `work`.
   * @param isWanted asked once more when the engine answers
   * @returns undefined where that engine cannot be had, because another window has it
   */
  async useOwner<T>(
    owner: LockOwner,
    claim: Claim,
    isWanted: () => boolean,
    work: (client: EngineClient) => Promise<T>,
  ): Promise<T | undefined> {
    const { attachEngine } = await import('../store/detachedEngine');
    const engine = await attachEngine(owner, this.parts.settings().leaseMs, claim);
    if (!engine) return undefined;
    if (this.#isDisposed || !isWanted()) {
      engine.detach();
      return undefined;
    }
    const before = this.#current;
    this.#current = this.#take(Promise.resolve(engine));
    if (before?.users === 0) this.#stop(before);
    this.parts.log.info(`Engine found again, process ${owner.pid}.`);
    return this.#lend(this.#current, work);
  }

  /** Without a run nothing is lost; it is started again when needed. */
  stopIdle(): void {
    if (this.#current?.users === 0) this.#stop(this.#current);
  }

  async #lend<T>(lent: Lent, work: (client: EngineClient) => Promise<T>): Promise<T> {
    lent.users++;
    clearTimeout(lent.idleTimer);
    let engine: DetachedEngine | undefined;
    try {
      engine = await lent.engine;
      return await work(engine.client);
    } catch (error) {
      const tail = engine?.stderrTail().trim() ?? '';
      if (tail !== '') this.parts.log.warn(`Standard error of the engine:\n${tail}`);
      throw withTail(ToolError.from(error), tail);
    } finally {
      lent.users--;
      if (lent.users === 0) this.#rest(lent);
    }
  }

  #rest(lent: Lent): void {
    // Let go of, which ended the calls: a run goes on in it.
    if (this.#isDisposed) return;
    if (lent !== this.#current) this.#stop(lent);
    else lent.idleTimer = setTimeout(() => this.#stop(lent), this.parts.settings().idleMs);
  }

  async #start(): Promise<DetachedEngine> {
    const { enginePath, settings, log } = this.parts;
    const { nodePath, leaseMs } = settings();
    const { startDetachedEngine } = await import('../store/detachedEngine');
    // Inside the desktop VS Code this process is Electron, which is a Node only when told so.
    const program = nodePath === undefined ? { env: { ELECTRON_RUN_AS_NODE: '1' } } : { nodePath };
    const engine = await startDetachedEngine({ enginePath, ...program }, leaseMs).catch((error: unknown) => {
      throw notStarted(error);
    });
    log.info(`Engine started, process ${engine.pid ?? 'unknown'}.`);
    return engine;
  }

  #take(starting: Promise<DetachedEngine>): Lent {
    const { log, stateChanged } = this.parts;
    const lent: Lent = { engine: starting, users: 0 };
    const forget = (state: EngineState): void => {
      if (this.#current !== lent) return;
      this.#current = undefined;
      stateChanged(state);
    };
    stateChanged('starting');
    starting.then(
      (engine) => {
        if (this.#isDisposed) {
          engine.detach();
          return;
        }
        stateChanged('ready');
        engine.client.onEvent('log', ({ level, message }) => log[level](message));
        engine.onExit(({ reason }) => {
          log.info(`Engine ended: ${reason}.`);
          // One that was stopped is not the current one any more.
          forget('crashed');
        });
      },
      () => forget('off'),
    );
    return lent;
  }

  #stop(lent: Lent): void {
    clearTimeout(lent.idleTimer);
    if (this.#current === lent) {
      this.#current = undefined;
      this.parts.stateChanged('off');
    }
    void lent.engine.then(
      (engine) => engine.stop(),
      () => undefined,
    );
  }

  /** The window closes or is loaded again: an idle engine ends, one with a run goes on for as long as the lease says. */
  dispose(): void {
    this.#isDisposed = true;
    clearTimeout(this.#current?.idleTimer);
    void this.#current?.engine.then(
      (engine) => engine.detach(),
      () => undefined,
    );
    this.#current = undefined;
  }
}

/** No process, no run: the settings say which program was to be started. */
const notStarted = (error: unknown): ToolError =>
  engineError(
    'engine-not-started',
    ToolError.from(error).message,
    'Correct or clear the setting safetyRegions.engine.nodePath: it needs Node.js 20 or newer.',
  );

/** Of a crash, the last line says most. */
function withTail(error: ToolError, tail: string): ToolError {
  const last = tail.split('\n').at(-1)?.trim().slice(-200) ?? '';
  return error.code !== 'engine-gone' || last === ''
    ? error
    : engineError(error.code, `${error.message} Its last line: ${last}`, error.mend);
}
