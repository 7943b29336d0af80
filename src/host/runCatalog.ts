/** The workspace's runs, newest first, kept up to date by a file watcher. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunOverview } from '../store/runList';
import { findExperiments } from './experiments';

export type { RunOverview };

const RUNS = path.join('.safety-region', 'runs');
/** A run writes many files at once: look when they have come to rest. */
const DEBOUNCE_MS = 300;
/** A killed process leaves its lock and no event: while something runs, look again now and then. */
const POLL_MS = 5_000;

export class RunCatalog implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #disposables: { dispose(): unknown }[] = [this.#changed];
  /** Folders of runs outside the workspace that this window started. */
  readonly #extraRoots = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;

  constructor() {
    const watcher = vscode.workspace.createFileSystemWatcher('**/.safety-region/runs/**');
    this.#disposables.push(
      watcher,
      watcher.onDidCreate(() => this.refreshSoon()),
      watcher.onDidDelete(() => this.refreshSoon()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.refreshSoon()),
    );
  }

  refreshSoon(delayMs = DEBOUNCE_MS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#changed.fire(), delayMs);
  }

  /** Shows the runs beside `runDir` too, wherever that is. */
  addRun(runDir: string): void {
    this.#extraRoots.add(path.dirname(runDir));
    this.refreshSoon(0);
  }

  async list(): Promise<RunOverview[]> {
    const folders = (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath);
    const experiments = await findExperiments();
    const roots = new Set([
      ...[...folders, ...experiments.map((uri) => path.dirname(uri.fsPath))].map((folder) =>
        path.join(folder, RUNS),
      ),
      ...this.#extraRoots,
    ]);
    // Loaded now and not at activation: the schemas of run files cost most of the start's time.
    const { listRuns } = await import('../store/runList');
    const lists = await Promise.all([...roots].map((root) => listRuns(root)));
    const runs = new Map(lists.flat().map((run) => [run.path, run]));
    // A timer of its own: files that changed while runs were read must not wait for the next poll.
    clearTimeout(this.#poll);
    if ([...runs.values()].some(({ state }) => state === 'running')) {
      this.#poll = setTimeout(() => this.#changed.fire(), POLL_MS);
    }
    return [...runs.values()].sort((a, b) => age(b) - age(a));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#poll);
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

/** Milliseconds since 1970; a broken run, whose run.json says nothing, comes last. */
const age = ({ createdAt }: RunOverview): number => (createdAt === null ? 0 : Date.parse(createdAt));
