/** Overlap Explorer panels: one a run, a set of runs that are compared, or an experiment that is being set up. */
import path from 'node:path';
import * as vscode from 'vscode';
import { parseExplorerState } from '../../protocol/explorer/messages';
import { ExplorerPanel, panelTitle, type PanelParts, type Subject } from './explorerPanel';

export const EXPLORER_VIEW_TYPE = 'safetyRegions.overlapExplorer';

export class ExplorerPanels implements vscode.WebviewPanelSerializer {
  readonly #panels = new Map<string, ExplorerPanel>();

  constructor(private readonly parts: PanelParts) {}

  /** @param comparedWith further runs of the same model, for one table of all */
  show(runDir: string, name: string, comparedWith: readonly string[] = []): void {
    this.#open({ runDirs: [runDir, ...comparedWith], experimentFile: null, name }, vscode.ViewColumn.Active);
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
    this.#attach(vscode.window.createWebviewPanel(EXPLORER_VIEW_TYPE, title, column), subject);
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
      experimentFile === ''
        ? { runDirs: [runDir, ...comparedWith], experimentFile: null, name: path.basename(runDir) }
        : experimentSubject(experimentFile);
    // State is kept outside our hands: without a place that can be meant, there is nothing to restore.
    const places = subject.experimentFile === null ? subject.runDirs : [subject.experimentFile];
    if (!places.every((one) => path.isAbsolute(one)) || this.#panels.has(keyOf(subject))) {
      panel.dispose();
      return Promise.resolve();
    }
    this.#attach(panel, subject);
    return Promise.resolve();
  }

  #attach(panel: vscode.WebviewPanel, subject: Subject): void {
    const key = keyOf(subject);
    this.#panels.set(key, new ExplorerPanel(panel, subject, this.parts));
    panel.onDidDispose(() => this.#panels.delete(key));
  }
}

const experimentSubject = (experimentFile: string): Subject => ({
  runDirs: [],
  experimentFile,
  name: path.basename(experimentFile, '.safety-region.json'),
});

const keyOf = ({ runDirs, experimentFile }: Pick<Subject, 'runDirs' | 'experimentFile'>): string =>
  [...runDirs, experimentFile ?? ''].join('\n');
