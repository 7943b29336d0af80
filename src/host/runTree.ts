/** The view `safetyRegions.runs`: experiments, newest first, and their runs with what they are doing. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunProgress } from '../protocol/engine';
import type { RunEntry } from '../store/runIndex';
import type { RunCatalog, RunOverview } from './runCatalog';
import { groupRuns, openAtFirst, PAGE, visibleEntries, type ExperimentGroup } from './runGroups';
import { experimentRow, progressLine, runRow, type Row } from './runRow';
import { runTooltip } from './runTooltip';

/** Stands for the older runs of an experiment. */
export interface MoreRuns {
  readonly kind: 'more';
  readonly group: ExperimentGroup;
  readonly hidden: number;
}
export type RunTreeElement = ExperimentGroup | MoreRuns | RunOverview;

export const isRun = (element: RunTreeElement): element is RunOverview => !('kind' in element);

/** How often to look how far runs are that other processes compute. */
const LOOK_MS = 1_000;
/** A row that is drawn anew under the mouse loses the click: at most this often. */
const REDRAW_MS = 1_000;

export class RunTree implements vscode.TreeDataProvider<RunTreeElement>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<RunTreeElement | RunTreeElement[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  #view: vscode.TreeView<RunTreeElement> | undefined;
  #groups: readonly ExperimentGroup[] = [];
  #open: ReadonlySet<string> = new Set();
  /** Runs of groups that are about to be opened, read while VS Code draws the groups. */
  #read = new Map<ExperimentGroup, Promise<RunOverview[]>>();
  /** Of each experiment that was asked for more. */
  readonly #pageOf = new Map<string, number>();
  readonly #shown = new Map<string, RunOverview>();
  readonly #progress = new Map<string, RunProgress>();
  #ours: string | undefined;
  #look: NodeJS.Timeout | undefined;
  /** Rows whose line is another one, until the next redraw is due. */
  readonly #outdated = new Set<string>();
  #redraw: NodeJS.Timeout | undefined;

  constructor(private readonly catalog: RunCatalog) {
    catalog.onDidChange(() => this.#changed.fire(undefined));
  }

  /** The view that shows this tree. */
  createView(): vscode.TreeView<RunTreeElement> {
    this.#view = vscode.window.createTreeView('safetyRegions.runs', {
      treeDataProvider: this,
      canSelectMany: true,
      showCollapseAll: true,
    });
    this.#view.onDidChangeVisibility(({ visible }) => visible && this.#lookLater());
    return this.#view;
  }

  /** This window computes that run from now on. */
  began(runDir: string): void {
    this.#ours = runDir;
    this.#progress.delete(runDir);
  }

  /** Whether this window computes it, and so can cancel it. */
  isOurs(runDir: string): boolean {
    return this.#ours === runDir;
  }

  /** Progress of the run that this window computes; undefined when it has ended. */
  setProgress(progress: RunProgress | undefined): void {
    if (progress === undefined) {
      this.#ours = undefined;
      return;
    }
    if (progress.runDir === null) return;
    this.#ours = progress.runDir;
    this.#note(progress.runDir, progress);
  }

  /** @param groupId of an experiment; anything else is not one and does nothing */
  showMore(groupId: unknown): void {
    const group = this.#groups.find(({ id }) => id === groupId);
    if (!group) return;
    this.#pageOf.set(group.id, (this.#pageOf.get(group.id) ?? PAGE) + PAGE);
    this.#changed.fire(group);
  }

  async getChildren(element?: RunTreeElement): Promise<RunTreeElement[]> {
    if (element === undefined) return this.#loadGroups();
    if (!('kind' in element) || element.kind !== 'experiment') return [];
    const asked = this.#read.get(element) ?? this.#runsOf(element);
    this.#read.delete(element);
    const runs = await asked;
    for (const run of runs) this.#shown.set(run.path, run);
    await this.#readProgress(runs.filter(({ state }) => state === 'running'));
    this.#lookLater();
    const hidden = element.entries.length - this.#visible(element).length;
    return hidden > 0 ? [...runs, { kind: 'more', group: element, hidden }] : runs;
  }

  getTreeItem(element: RunTreeElement): vscode.TreeItem | Promise<vscode.TreeItem> {
    if (isRun(element)) return this.#runItem(element);
    return element.kind === 'more' ? moreItem(element) : this.#groupItem(element);
  }

  /** Only of the item that is pointed at: the summary is read for it. */
  async resolveTreeItem(item: vscode.TreeItem, element: RunTreeElement): Promise<vscode.TreeItem> {
    if (isRun(element)) item.tooltip = await runTooltip(element);
    return item;
  }

  #visible(group: ExperimentGroup): RunEntry[] {
    return visibleEntries(group, this.#pageOf.get(group.id) ?? PAGE);
  }

  async #runsOf(group: ExperimentGroup): Promise<RunOverview[]> {
    return (await this.catalog.index()).overviews(this.#visible(group));
  }

  async #loadGroups(): Promise<ExperimentGroup[]> {
    const { entries, locked } = await this.catalog.seen();
    const index = await this.catalog.index();
    this.#groups = groupRuns(entries, locked);
    this.#open = openAtFirst(this.#groups);
    this.#shown.clear();
    this.#read = new Map(
      this.#groups.filter(({ id }) => this.#open.has(id)).map((group) => [group, this.#runsOf(group)]),
    );
    const running = await index.running(locked);
    if (this.#view) {
      const tooltip =
        running === 1 ? vscode.l10n.t('1 run is going on') : vscode.l10n.t('{0} runs are going on', running);
      this.#view.badge = running === 0 ? undefined : { value: running, tooltip };
    }
    this.#tellWelcome(this.#groups.length === 0);
    return [...this.#groups];
  }

  /** The welcome view, which else takes runs that are still being read for none. */
  #tellWelcome(hasNone: boolean): void {
    void vscode.commands.executeCommand('setContext', 'safetyRegions.noRun', hasNone);
  }

  async #groupItem(group: ExperimentGroup): Promise<vscode.TreeItem> {
    const { entries, locked, root, slug, id } = group;
    const [newest] = entries;
    const index = await this.catalog.index();
    const overview = newest && (await index.overview(newest.path));
    const name = overview && overview.state !== 'broken' ? overview.name : slug;
    const running = await index.running(entries.filter((entry) => locked.has(entry.path)));
    const isAlone = this.#groups.every((other) => other.root === root);
    const folder = isAlone ? '' : vscode.workspace.asRelativePath(path.dirname(path.dirname(root)), true);
    const isOpen = running > 0 || this.#open.has(id);
    const item = itemOf(
      experimentRow(name, folder, entries.length, running, vscode.l10n),
      isOpen ? vscode.TreeItemCollapsibleState.Expanded : vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.id = id;
    item.tooltip = root;
    return item;
  }

  #runItem(run: RunOverview): vscode.TreeItem {
    const progress = this.#progress.get(run.path);
    const row = runRow(run, { when: whenOf(run), progress, isOurs: this.isOurs(run.path) }, vscode.l10n);
    const item = itemOf(row, vscode.TreeItemCollapsibleState.None);
    item.id = run.path;
    item.command = { command: 'safetyRegions.openRun', title: vscode.l10n.t('Open Run'), arguments: [run] };
    return item;
  }

  /** Only that item is drawn again, and only if its line is another one. */
  #note(runDir: string, progress: RunProgress): void {
    const before = this.#progress.get(runDir);
    this.#progress.set(runDir, progress);
    const line = (of: RunProgress | undefined): string => (of ? progressLine(of, vscode.l10n) : '');
    if (line(before) === line(progress)) return;
    this.#outdated.add(runDir);
    if (this.#redraw === undefined) this.#drawOutdated();
  }

  #drawOutdated(): void {
    const runs = [...this.#outdated].flatMap((runDir) => this.#shown.get(runDir) ?? []);
    this.#outdated.clear();
    this.#redraw = undefined;
    if (runs.length === 0) return;
    this.#changed.fire(runs);
    this.#redraw = setTimeout(() => this.#drawOutdated(), REDRAW_MS);
  }

  async #readProgress(running: readonly RunOverview[]): Promise<void> {
    const others = running.filter((run) => run.path !== this.#ours);
    if (others.length === 0) return;
    const { readRunProgress } = await import('../store/runProgress');
    for (const run of others) {
      const progress = await readRunProgress(run.path);
      if (progress) this.#note(run.path, progress);
    }
  }

  /** While the view is seen and shows runs that go on. A process that was killed leaves no event either. */
  #lookLater(): void {
    clearTimeout(this.#look);
    const running = [...this.#shown.values()].filter(({ state }) => state === 'running');
    if (running.length === 0 || this.#view?.visible !== true) return;
    this.#look = setTimeout(() => {
      void this.#lookAt(running).finally(() => this.#lookLater());
    }, LOOK_MS);
  }

  async #lookAt(running: readonly RunOverview[]): Promise<void> {
    const index = await this.catalog.index();
    for (const run of running) {
      const now = await index.overview(run.path);
      if (now?.state !== 'running') this.catalog.refreshSoon(0);
    }
    await this.#readProgress(running);
  }

  dispose(): void {
    clearTimeout(this.#look);
    clearTimeout(this.#redraw);
    this.#changed.dispose();
  }
}

function itemOf(row: Row, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, state);
  item.description = row.description;
  const { id, color } = row.icon;
  item.iconPath = new vscode.ThemeIcon(id, color === undefined ? undefined : new vscode.ThemeColor(color));
  item.contextValue = row.context;
  item.accessibilityInformation = { label: row.spoken };
  return item;
}

function moreItem(more: MoreRuns): vscode.TreeItem {
  const title = vscode.l10n.t('Show older runs ({0})', more.hidden);
  const item = new vscode.TreeItem(title);
  item.id = `${more.group.id}\nmore`;
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = { command: 'safetyRegions.showOlderRuns', title, arguments: [more.group.id] };
  return item;
}

/** Short, so that the state beside it is seen in a narrow view: no year if it is this one. */
function whenOf({ createdAt, stamp }: RunOverview): string {
  if (createdAt === null) return stamp;
  const date = new Date(createdAt);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return date.toLocaleString(vscode.env.language, {
    ...(isThisYear ? {} : { year: 'numeric' }),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
}
