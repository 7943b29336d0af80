/** The run of this window: started here, or found again after a reload; its progress and its cancellation. */
import * as vscode from 'vscode';
import { ToolError, usageError } from '../protocol/errors';
import type { IdentifyParams, IdentifyResult, RunProgress } from '../protocol/engine';
import type { CallOptions } from '../protocol/rpc';
import type { Claim } from '../store/detachedEngine';
import type { LockOwner } from '../store/runLock';
import type { EngineClient, EngineHolder } from './engineHolder';
import { duration } from './duration';
import { plainMessage } from './plainMessage';
import { requireTrust } from './requireTrust';
import { readEngineSettings } from './settings';

export interface IdentifyListeners {
  /** The run directory exists from now on. */
  started(runDir: string): void;
  /** Undefined when the run has ended, however it did. */
  progressed(progress: RunProgress | undefined): void;
  /** Begun, and not yet at its first layer. */
  preparing(): void;
  /** Asked to stop, and not yet at its end. */
  cancelling(): void;
}

type Borrow = (work: (client: EngineClient) => Promise<string>) => Promise<string>;
type Ask = (client: EngineClient, options: CallOptions) => Promise<IdentifyResult>;

export class IdentifyRunner {
  #cancel: AbortController | undefined;
  #reported = 0;

  constructor(
    private readonly engines: EngineHolder,
    private readonly listeners: IdentifyListeners,
  ) {}

  get isRunning(): boolean {
    return this.#cancel !== undefined;
  }

  cancel(): void {
    this.#cancel?.abort();
  }

  /**
   * @returns the finished run's directory; null where it was cancelled
   * @throws ToolError; usage error `untrusted` and `run-going-on` before anything is started; `disposed` where the
   * window goes away and the run goes on
   */
  async run(title: string, params: IdentifyParams): Promise<string | null> {
    requireTrust();
    const all: IdentifyParams = { ...params, ...readEngineSettings().overrides };
    return this.#watch(
      title,
      (work) => this.engines.use(work),
      (client, options) => client.call('identify', all, options),
    );
  }

  /**
   * Goes on watching a run that an earlier window started.
   * @returns as `run`; undefined where another window has it
   */
  follow(title: string, owner: LockOwner, claim: Claim): Promise<string | null | undefined> {
    return this.engines.useOwner(
      owner,
      claim,
      () => !this.isRunning,
      (client) =>
        this.#watch(
          title,
          (work) => work(client),
          (_, options) => client.call('followRun', null, options),
        ),
    );
  }

  async #watch(title: string, borrow: Borrow, ask: Ask): Promise<string | null> {
    if (this.#cancel) {
      throw usageError(
        'run-going-on',
        'A run is going on in this window.',
        'Wait for it, or cancel it first.',
      );
    }
    const controller = new AbortController();
    const { signal } = controller;
    this.#cancel = controller;
    void setRunning(true);
    this.listeners.preparing();
    try {
      return await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title: plainMessage(title), cancellable: true },
        (notification, token) => {
          token.onCancellationRequested(() => controller.abort());
          signal.addEventListener('abort', () => {
            notification.report({ message: vscode.l10n.t('Cancelling...') });
            this.listeners.cancelling();
          });
          return borrow((client) =>
            this.#listen(client, signal, notification, () => ask(client, { signal })),
          );
        },
      );
    } catch (error) {
      const { kind, code } = ToolError.from(error);
      if (code !== 'disposed' && (kind === 'cancelled' || signal.aborted)) return null;
      throw error;
    } finally {
      this.#cancel = undefined;
      this.#reported = 0;
      this.listeners.progressed(undefined);
      void setRunning(false);
    }
  }

  async #listen(
    client: EngineClient,
    signal: AbortSignal,
    notification: vscode.Progress<{ message: string; increment: number }>,
    ask: () => Promise<IdentifyResult>,
  ): Promise<string> {
    const stops = [
      client.onEvent('runStarted', ({ runDir }) => this.listeners.started(runDir)),
      client.onEvent('progress', (progress) => {
        if (signal.aborted) return;
        notification.report(this.#share(progress));
        this.listeners.progressed(progress);
      }),
    ];
    try {
      return (await ask()).runDir;
    } finally {
      for (const stop of stops) stop();
    }
  }

  /** The notification wants what was added, in per cent. */
  #share(progress: RunProgress): { message: string; increment: number } {
    const percent = Math.max(this.#reported, progress.fraction * 100);
    const increment = percent - this.#reported;
    this.#reported = percent;
    const left =
      progress.secondsLeft === null
        ? ''
        : ` \u00b7 ${vscode.l10n.t('{0} left', duration(progress.secondsLeft))}`;
    return { message: `${progress.message} (${Math.floor(percent)} %${left})`, increment };
  }
}

/** For the `when` clauses of package.json. */
const setRunning = (isRunning: boolean): Thenable<unknown> =>
  vscode.commands.executeCommand('setContext', 'safetyRegions.running', isRunning);
