/** The view `safetyRegions.runs`: one item a run, newest first. */
import * as vscode from 'vscode';
import type { RunProgress } from '../protocol/engine';
import type { RunCatalog, RunOverview } from './runCatalog';

type State = RunOverview['state'];

const ICONS: Readonly<Record<State, vscode.ThemeIcon>> = {
  done: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
  running: new vscode.ThemeIcon('sync~spin'),
  interrupted: new vscode.ThemeIcon('debug-pause', new vscode.ThemeColor('list.warningForeground')),
  broken: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
};

export class RunTree implements vscode.TreeDataProvider<RunOverview> {
  readonly #changed = new vscode.EventEmitter<RunOverview | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #progress: RunProgress | undefined;
  #shown: readonly RunOverview[] = [];

  constructor(private readonly catalog: RunCatalog) {
    catalog.onDidChange(() => this.#changed.fire(undefined));
  }

  /** Progress of the run that this window computes; undefined when it has ended. */
  setProgress(progress: RunProgress | undefined): void {
    const isNewLine = progress?.message !== this.#progress?.message;
    const runDir = progress?.runDir ?? this.#progress?.runDir;
    this.#progress = progress;
    // Only that item: a change of the whole tree would read all runs from disk again.
    const run = this.#shown.find((shown) => shown.path === runDir);
    if (isNewLine && run) this.#changed.fire(run);
  }

  async getChildren(element?: RunOverview): Promise<RunOverview[]> {
    if (element) return [];
    this.#shown = await this.catalog.list();
    return [...this.#shown];
  }

  getTreeItem(run: RunOverview): vscode.TreeItem {
    const ours = this.#progress?.runDir === run.path && run.state === 'running' ? this.#progress : undefined;
    const item = new vscode.TreeItem(run.name);
    const state = stateName(run.state);
    const when = run.createdAt === null ? run.stamp : localTime(run.createdAt);
    item.id = run.path;
    item.description = ours ? ours.message : [state, when].filter(Boolean).join(' \u00b7 ');
    item.iconPath = ICONS[run.state];
    item.contextValue = ours ? 'run.ours' : `run.${run.state}`;
    item.tooltip = tooltip(run, state, when);
    item.accessibilityInformation = { label: `${run.name}, ${state}, ${when}` };
    item.command = { command: 'safetyRegions.openRun', title: vscode.l10n.t('Open Run'), arguments: [run] };
    return item;
  }
}

export function stateName(state: State): string {
  switch (state) {
    case 'done':
      return vscode.l10n.t('done');
    case 'running':
      return vscode.l10n.t('running');
    case 'interrupted':
      return vscode.l10n.t('interrupted');
    case 'broken':
      return vscode.l10n.t('broken');
  }
}

function tooltip(run: RunOverview, state: string, when: string): vscode.MarkdownString {
  // Names come from files: appendText escapes what would be markup.
  const text = new vscode.MarkdownString();
  text.appendText(run.name).appendMarkdown('\n\n');
  const model = run.model === null ? [] : [`${vscode.l10n.t('Model')}: ${run.model}`];
  const methods = run.methods.length === 0 ? [] : [`${vscode.l10n.t('Methods')}: ${run.methods.join(', ')}`];
  const datasets =
    run.datasets.length === 0 ? [] : [`${vscode.l10n.t('Datasets')}: ${run.datasets.join(', ')}`];
  const problem = run.problem === null ? [] : [run.problem];
  for (const line of [`${state} \u00b7 ${when}`, ...model, ...methods, ...datasets, ...problem, run.path]) {
    text.appendText(line).appendMarkdown('\n\n');
  }
  return text;
}

const localTime = (iso: string): string =>
  new Date(iso).toLocaleString(vscode.env.language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
