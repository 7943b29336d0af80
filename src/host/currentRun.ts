/** The run that is going on in this window, for those who show it: of which experiment it is, and how far it is. */
import * as vscode from 'vscode';
import type { RunProgress } from '../protocol/engine';
import type { RunningNow } from '../protocol/explorer/setup';
import { duration } from './duration';

export class CurrentRun implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  #progress: RunProgress | undefined;
  #known: { readonly runDir: string; experimentFile: string | null } | undefined;

  dispose(): void {
    this.#changed.dispose();
  }

  /** @param progress undefined when the run has ended, however it did */
  progressed(progress: RunProgress | undefined): void {
    this.#progress = progress;
    const runDir = progress?.runDir ?? null;
    if (runDir !== null && this.#known?.runDir !== runDir) void this.#learn(runDir);
    this.#changed.fire();
  }

  /** @param experimentFile absolute; null where no run is going on */
  running(experimentFile: string): RunningNow | null {
    if (!this.#progress) return null;
    const { runDir, message, fraction, secondsLeft } = this.#progress;
    return {
      isOwn:
        runDir !== null && this.#known?.runDir === runDir && this.#known.experimentFile === experimentFile,
      message,
      fraction: Math.min(1, Math.max(0, fraction)),
      timeLeft: secondsLeft === null ? '' : vscode.l10n.t('{0} left', duration(secondsLeft)),
    };
  }

  async #learn(runDir: string): Promise<void> {
    const known = { runDir, experimentFile: null as string | null };
    this.#known = known;
    const { openRun } = await import('../store/runDirectory');
    // A run whose run.json cannot be read is of an unknown experiment.
    const run = await openRun(runDir).catch(() => null);
    known.experimentFile = run?.manifest.experimentFile ?? null;
    this.#changed.fire();
  }
}
