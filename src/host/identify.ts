/** Runs an experiment, or goes on with an interrupted one, and says how it goes. */
import * as vscode from 'vscode';
import { ToolError, usageError } from '../protocol/errors';
import type { IdentifyParams, RunProgress } from '../protocol/engine';
import type { EngineHolder } from './engineHolder';
import { duration } from './duration';
import { plainMessage } from './plainMessage';
import { readEngineSettings } from './settings';

export interface IdentifyListeners {
  /** The run directory exists from now on. */
  started(runDir: string): void;
  /** Undefined when the run has ended, however it did. */
  progressed(progress: RunProgress | undefined): void;
}

export class IdentifyRunner implements vscode.Disposable {
  #cancel: AbortController | undefined;

  constructor(
    private readonly engines: EngineHolder,
    private readonly listeners: IdentifyListeners,
  ) {}

  cancel(): void {
    this.#cancel?.abort();
  }

  /**
   * @returns the finished run's directory; null where it was cancelled
   * @throws ToolError; usage error `untrusted` and `run-going-on` before anything is started
   */
  async run(title: string, params: IdentifyParams): Promise<string | null> {
    if (!vscode.workspace.isTrusted) {
      throw usageError('untrusted', 'This workspace is not trusted.', 'Trust it to run experiments in it.');
    }
    if (this.#cancel) {
      throw usageError(
        'run-going-on',
        'A run is going on in this window.',
        'Wait for it, or cancel it first.',
      );
    }
    const controller = new AbortController();
    this.#cancel = controller;
    void setRunning(true);
    try {
      return await vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: plainMessage(title),
          cancellable: true,
        },
        (notification, token) => {
          token.onCancellationRequested(() => controller.abort());
          return this.#identify(params, controller.signal, (progress) =>
            notification.report(this.#share(progress)),
          );
        },
      );
    } catch (error) {
      if (ToolError.from(error).kind === 'cancelled' || controller.signal.aborted) return null;
      throw error;
    } finally {
      this.#cancel = undefined;
      this.#reported = 0;
      this.listeners.progressed(undefined);
      void setRunning(false);
    }
  }

  async #identify(
    params: IdentifyParams,
    signal: AbortSignal,
    report: (progress: RunProgress) => void,
  ): Promise<string> {
    const { provider, threads } = readEngineSettings();
    return this.engines.use(async (client) => {
      const stops = [
        client.onEvent('runStarted', ({ runDir }) => this.listeners.started(runDir)),
        client.onEvent('progress', (progress) => {
          report(progress);
          this.listeners.progressed(progress);
        }),
      ];
      try {
        const { runDir } = await client.call(
          'identify',
          {
            ...params,
            ...(provider === undefined ? {} : { provider }),
            ...(threads === undefined ? {} : { threads }),
          },
          { signal },
        );
        return runDir;
      } finally {
        for (const stop of stops) stop();
      }
    });
  }

  #reported = 0;

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

  dispose(): void {
    this.cancel();
  }
}

/** For the `when` clauses of package.json. */
const setRunning = (isRunning: boolean): Thenable<unknown> =>
  vscode.commands.executeCommand('setContext', 'safetyRegions.running', isRunning);
