/** The workspace's runs, kept up to date by a file watcher. Each is read only when somebody looks at it. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunEntry, RunIndex } from '../store/runIndex';
import type { RunOverview } from '../store/runList';
import { diskFolders } from './diskFolders';
import { Debouncer } from './debouncer';
import { findExperiments } from './experiments';
import { tellsOfRuns } from './tellsOfRuns';

export type { RunOverview };

const RUNS = path.join('.safety-region', 'runs');
/** A run writes many files at once: look when they have come to rest, or after this long at most. */
const DEBOUNCE_MS = 300;
const MOST_MS = 2_000;
/** A killed process leaves its lock and no event: while something runs, look again now and then. */
const POLL_MS = 5_000;

/** What a look at the folders of runs has found. */
export interface RunsSeen {
  /** Newest first. */
  readonly entries: readonly RunEntry[];
  /** Those of them that hold a lock, dead or alive. */
  readonly locked: readonly RunEntry[];
}

export class RunCatalog implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #looked = new vscode.EventEmitter<readonly RunEntry[]>();
  /** Now and then while runs go on, with those that hold a lock. */
  readonly onDidLook = this.#looked.event;
  readonly #disposables: { dispose(): unknown }[] = [this.#changed, this.#looked];
  /** Folders of runs outside the workspace that this window started. */
  readonly #extraRoots = new Set<string>();
  readonly #refresh = new Debouncer(() => this.#changed.fire(), DEBOUNCE_MS, MOST_MS);
  #index: Promise<RunIndex> | undefined;
  #seen: Promise<RunsSeen> | undefined;
  #poll: NodeJS.Timeout | undefined;
  #isDisposed = false;

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher('**/.safety-region/**', false, true, false);
    const onFile = (uri: vscode.Uri): void => {
      if (tellsOfRuns(uri.path)) this.refreshSoon();
    };
    this.#disposables.push(
      this.#refresh,
      watcher,
      watcher.onDidCreate(onFile),
      watcher.onDidDelete(onFile),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refreshSoon()),
    );
  }

  refreshSoon(delayMs = DEBOUNCE_MS): void {
    this.#seen = undefined;
    this.#refresh.call(delayMs);
  }

  /** Shows the runs beside `runDir` too, wherever that is. */
  addRun(runDir: string): void {
    this.#extraRoots.add(path.dirname(runDir));
    this.refreshSoon(0);
  }

  /** What was found last, unless a file has told of a change since: a window that starts has looked already. */
  seen(): Promise<RunsSeen> {
    if (this.#seen) return this.#seen;
    const seen = this.#find();
    this.#seen = seen;
    seen.catch(() => {
      if (this.#seen === seen) this.#seen = undefined;
    });
    return seen;
  }

  /** Only folders whose names do not say that they are runs are opened. */
  async #find(): Promise<RunsSeen> {
    const index = await this.index();
    const entries = await index.entries(await this.#roots());
    const isRun = await Promise.all(
      entries.map(async ({ stamp, path: runDir }) => stamp !== '' || (await index.overview(runDir)) !== null),
    );
    const runs = entries.filter((_, i) => isRun[i]);
    const locked = await index.locked(runs);
    void this.#pollWhileRunning(index, locked);
    return { entries: runs, locked };
  }

  /** All of them, newest first; a broken run, whose run.json says nothing, comes last. */
  async list(): Promise<RunOverview[]> {
    const index = await this.index();
    const entries = await index.entries(await this.#roots());
    void this.#pollWhileRunning(index, entries);
    const runs = await index.overviews(entries);
    return runs.sort((a, b) => age(b) - age(a));
  }

  /** Loaded when first asked for and not at activation: the schemas of run files cost most of the start's time. */
  index(): Promise<RunIndex> {
    return (this.#index ??= import('../store/runIndex').then(({ RunIndex }) => new RunIndex()));
  }

  /** A timer of its own: files that change meanwhile must not wait for the next poll. */
  async #pollWhileRunning(index: RunIndex, entries: readonly RunEntry[]): Promise<void> {
    const running = await index.running(entries);
    clearInterval(this.#poll);
    if (this.#isDisposed || running === 0) return;
    this.#poll = setInterval(() => void this.#look(index, entries, running), POLL_MS);
  }

  /** As long as none has ended nothing is drawn anew: that would take a click from whoever is about to make one. */
  async #look(index: RunIndex, entries: readonly RunEntry[], running: number): Promise<void> {
    const locked = await index.locked(entries);
    const now = await index.running(locked);
    if (this.#isDisposed) return;
    if (now !== running) this.refreshSoon(0);
    this.#looked.fire(locked);
  }

  async #roots(): Promise<Set<string>> {
    const experiments = await findExperiments();
    return new Set([
      ...[...diskFolders(), ...experiments.map((uri) => path.dirname(uri.fsPath))].map((folder) =>
        path.join(folder, RUNS),
      ),
      ...this.#extraRoots,
    ]);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearInterval(this.#poll);
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

/** Milliseconds since 1970. */
const age = ({ createdAt }: RunOverview): number => (createdAt === null ? 0 : Date.parse(createdAt));
