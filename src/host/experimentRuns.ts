/** A run as its user sees it: questions before it, the explorer after it, and a way on wherever it stops. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { IdentifyParams } from '../protocol/engine';
import { ToolError } from '../protocol/errors';
import type { Claim } from '../store/detachedEngine';
import type { RunEntry } from '../store/runIndex';
import type { LockOwner } from '../store/runLock';
import type { ExplorerPanels } from './explorer/explorerPanels';
import type { IdentifyRunner } from './identify';
import type { JudgeConsents } from './judgeConsent';
import type { RunReference } from './pickRun';
import { plainMessage } from './plainMessage';
import type { Reporter } from './report';
import type { RunCatalog } from './runCatalog';

export interface ExperimentRunParts {
  readonly catalog: RunCatalog;
  readonly panels: ExplorerPanels;
  readonly runner: IdentifyRunner;
  readonly reporter: Reporter;
  /** Loaded when first needed: the schemas of experiments and runs cost most of the start's time. */
  readonly consents: () => Promise<JudgeConsents>;
  /** Of the workspace. */
  readonly memory: vscode.Memento;
}

/** The run that this window computes, for the window that it is after a reload. */
const OWN_RUN = 'safetyRegions.ownRun';
const FORGET_MS = 5_000;
/** Of the window's own run: its engine may still think that the window is there which is being loaded again. */
const RETURNS: Claim = { patienceMs: 15_000, freeForMs: 0 };
/** Of a run whose window has gone, and had the time to come back. */
const ADOPTS: Claim = { patienceMs: 0, freeForMs: 20_000 };

export class ExperimentRuns {
  #isSeeking = false;

  constructor(private readonly parts: ExperimentRunParts) {}

  /** @returns the finished run's directory; undefined where it was not started, or cancelled, or crashed */
  async start(title: string, params: IdentifyParams): Promise<string | undefined> {
    const { runner } = this.parts;
    const judge = await (await this.parts.consents()).forRun(params);
    if (judge === undefined) return undefined;
    const all = { ...params, ...(judge ? { judge } : {}) };
    if (!runner.isRunning) await this.#forget();
    return this.#show(async () => {
      try {
        return await runner.run(title, all);
      } catch (error) {
        if (ToolError.from(error).code !== 'memory-too-small') throw error;
        if (!(await isToRunAnyway(ToolError.from(error)))) return undefined;
        return runner.run(title, { ...all, allowMemoryShortage: true });
      }
    });
  }

  resume({ path: runDir, name = path.basename(runDir) }: RunReference): Promise<string | undefined> {
    return this.start(vscode.l10n.t('Resuming {0}', name), { resumeDir: runDir });
  }

  /** To be told as soon as this window computes `runDir`. */
  began(runDir: string): void {
    void this.parts.memory.update(OWN_RUN, runDir);
  }

  /** After a reload: goes on with the run that its engine still computes, or says how the run has ended meanwhile. */
  async reattach(): Promise<void> {
    const { catalog } = this.parts;
    const own = this.parts.memory.get<unknown>(OWN_RUN);
    if (typeof own === 'string' && path.isAbsolute(own) && vscode.workspace.isTrusted) {
      if (await this.#seek([own], RETURNS)) return;
      await this.#tellEnd(own);
    }
    await this.adopt((await catalog.seen()).locked);
  }

  /** Goes on with a run whose window did not come back. To be asked now and then: no event tells that a window goes. */
  async adopt(locked: readonly RunEntry[]): Promise<void> {
    await this.#seek(
      locked.map((entry) => entry.path),
      ADOPTS,
    );
  }

  /** @returns whether one of them could be had, and has ended by now */
  async #seek(runDirs: readonly string[], claim: Claim): Promise<boolean> {
    if (this.#isSeeking || !vscode.workspace.isTrusted) return false;
    this.#isSeeking = true;
    try {
      const { liveLockOwner } = await import('../store/runLock');
      for (const runDir of runDirs) {
        const owner = await liveLockOwner(path.join(runDir, 'lock'));
        if (this.parts.runner.isRunning) return false;
        if (owner?.socket && (await this.#follow(runDir, owner, claim))) return true;
      }
      return false;
    } finally {
      this.#isSeeking = false;
    }
  }

  /** @returns false where another window has it */
  async #follow(runDir: string, owner: LockOwner, claim: Claim): Promise<boolean> {
    const run = await (await this.parts.catalog.index()).overview(runDir);
    const title = vscode.l10n.t('Identifying {0}', run?.name ?? path.basename(runDir));
    let isOurs = true;
    await this.#show(async () => {
      const ended = await this.parts.runner.follow(title, owner, claim);
      isOurs = ended !== undefined;
      return ended;
    }, runDir);
    return isOurs;
  }

  /** @param known where the run was begun before */
  async #show(work: () => Promise<string | null | undefined>, known?: string): Promise<string | undefined> {
    const { catalog, panels } = this.parts;
    try {
      const runDir = await work();
      if (runDir === undefined) return undefined;
      if (runDir === null) {
        await this.#forget();
        void vscode.window.showInformationMessage(
          vscode.l10n.t('Cancelled. What was computed is kept: the run can be resumed from the Runs view.'),
        );
        return undefined;
      }
      await panels.reload(runDir);
      panels.show(runDir);
      // A window that is being loaded again hears of the end too, and shows nothing any more: the next one tells it.
      setTimeout(() => {
        if (this.parts.memory.get(OWN_RUN) === runDir) void this.#forget();
      }, FORGET_MS);
      return runDir;
    } catch (thrown) {
      const error = ToolError.from(thrown);
      // The run goes on without this window, and the next one looks for it.
      if (error.code === 'disposed') return undefined;
      if (error.code === 'run-going-on') throw error;
      const runDir = this.parts.memory.get<string>(OWN_RUN) ?? known;
      await this.#forget();
      if (runDir === undefined || !['engine-gone', 'no-run'].includes(error.code)) throw error;
      if (error.code === 'no-run') await this.#tellEnd(runDir);
      else void this.#offerResume(runDir, plainMessage(`${error.message} ${error.mend}`));
      return undefined;
    } finally {
      catalog.refreshSoon(0);
    }
  }

  /** Of a run that ended while no window looked. */
  async #tellEnd(runDir: string): Promise<void> {
    const run = await (await this.parts.catalog.index()).overview(runDir);
    // Another window has it.
    if (run?.state === 'running') return;
    await this.#forget();
    if (run?.state === 'interrupted') {
      void this.#offerResume(runDir, vscode.l10n.t('The run {0} has stopped before its end.', run.name));
    }
    if (run?.state !== 'done') return;
    const open = vscode.l10n.t('Open');
    const text = plainMessage(vscode.l10n.t('The run {0} is done.', run.name));
    void vscode.window.showInformationMessage(text, open).then((chosen) => {
      if (chosen === open) this.parts.panels.show(runDir);
    });
  }

  async #offerResume(runDir: string, text: string): Promise<void> {
    const { reporter } = this.parts;
    const resume = vscode.l10n.t('Resume');
    reporter.log.error(text);
    if ((await reporter.ask(text, resume)) === resume)
      await reporter.guard(() => this.resume({ path: runDir }));
  }

  #forget(): Thenable<void> {
    return this.parts.memory.update(OWN_RUN, undefined);
  }
}

/** Too little free memory is for the user to judge: other programs may be closed meanwhile. */
async function isToRunAnyway(error: ToolError): Promise<boolean> {
  const anyway = vscode.l10n.t('Run Anyway');
  const detail = vscode.l10n.t(
    'The system may become slow, or end the engine; then the run can be resumed. {0}',
    error.mend,
  );
  return (
    (await vscode.window.showWarningMessage(plainMessage(error.message), { modal: true, detail }, anyway)) ===
    anyway
  );
}
