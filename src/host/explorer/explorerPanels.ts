/** Overlap Explorer panels: one a run, a set of runs that are compared, or an experiment that is being set up. */
import path from 'node:path';
import * as vscode from 'vscode';
import { parseExplorerState } from '../../protocol/explorer/messages';
import { readRunName, stampText } from '../../store/runName';
import { ExplorerPanel, type PanelParts, type Subject } from './explorerPanel';
import { findTab, revealTab } from './keptTabs';

export const EXPLORER_VIEW_TYPE = 'safetyRegions.overlapExplorer';

export class ExplorerPanels implements vscode.WebviewPanelSerializer {
  readonly #panels = new Map<string, ExplorerPanel>();

  constructor(private readonly parts: PanelParts) {}

  /** @param runDirs absolute; several, of one model, are compared in one table */
  show(...runDirs: readonly string[]): void {
    this.#open(runSubject(runDirs), vscode.ViewColumn.Active);
  }

  /** The Setup tab of an experiment, beside its text where that is in the active editor. */
  setUp(uri: vscode.Uri): void {
    const isActive = vscode.window.activeTextEditor?.document.uri.toString() === uri.toString();
    const column = isActive ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    this.#open(experimentSubject(uri.fsPath), column);
  }

  #open(subject: Subject, column: vscode.ViewColumn): void {
    const existing = this.#panels.get(keyOf(subject));
    if (existing) {
      existing.reveal();
      return;
    }
    const title = panelTitle(subject.name);
    const kept = this.#keptTab(subject);
    if (kept) void revealTab(kept);
    else this.#attach(vscode.window.createWebviewPanel(EXPLORER_VIEW_TYPE, title, column), subject, false);
  }

  /** After a reload of the window, VS Code asks for the panel of a tab only when that is shown. */
  #keptTab({ runDirs, name }: Subject): vscode.Tab | undefined {
    // Of those that compare, the name does not tell which runs.
    if (runDirs.length > 1 || [...this.#panels.values()].some(({ subject }) => subject.name === name)) return;
    return findTab(EXPLORER_VIEW_TYPE, panelTitle(name));
  }

  /** Closes what shows that run, as when it is deleted. */
  close(runDir: string): void {
    for (const open of [...this.#panels.values()]) {
      if (open.subject.runDirs.includes(runDir)) open.close();
    }
  }

  /** Reads the run again where a panel shows it, as when it has just been finished. */
  async reload(runDir: string): Promise<void> {
    await this.#panels.get(keyOf({ runDirs: [runDir], experimentFile: null }))?.load();
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { runDir = '', comparedWith = [], experimentFile = '' } = parseExplorerState(state) ?? {};
    const subject: Subject =
      experimentFile === '' ? runSubject([runDir, ...comparedWith]) : experimentSubject(experimentFile);
    // State is kept outside our hands: without a place that can be meant, there is nothing to restore.
    const places = subject.experimentFile === null ? subject.runDirs : [subject.experimentFile];
    if (!places.every((one) => path.isAbsolute(one)) || this.#panels.has(keyOf(subject))) {
      panel.dispose();
      return Promise.resolve();
    }
    panel.title = panelTitle(subject.name);
    this.#attach(panel, subject, true);
    return Promise.resolve();
  }

  #attach(panel: vscode.WebviewPanel, subject: Subject, isRestored: boolean): void {
    const key = keyOf(subject);
    this.#panels.set(key, new ExplorerPanel(panel, subject, this.parts, isRestored));
    panel.onDidDispose(() => this.#panels.delete(key));
  }
}

/** By what the names of folders tell: a tab has its title before anything is read. */
function runSubject(runDirs: readonly string[]): Subject {
  const { slug, stamp } = readRunName(path.basename(runDirs[0] ?? ''));
  const alone = stamp === '' ? slug : `${slug}, ${stampText(stamp)}`;
  const name = runDirs.length < 2 ? alone : vscode.l10n.t('{0} runs compared', runDirs.length);
  return { runDirs, experimentFile: null, name };
}

/** Those of several folders may have one name. */
const experimentSubject = (experimentFile: string): Subject => ({
  runDirs: [],
  experimentFile,
  name: vscode.workspace.asRelativePath(experimentFile).replace(/\.safety-region\.json$/, ''),
});

const panelTitle = (name: string): string => `${vscode.l10n.t('Overlap Explorer')}: ${name}`;

const keyOf = ({ runDirs, experimentFile }: Pick<Subject, 'runDirs' | 'experimentFile'>): string =>
  [...runDirs, experimentFile ?? ''].join('\n');
