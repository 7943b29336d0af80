/** Overlap Explorer panels, one a run, or a set of runs that are compared. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ToolError } from '../protocol/errors';
import { parseExplorerState, parseToHost, type ExplorerRun, type ToWebview } from '../protocol/explorer';
import { comparedRuns } from './comparedRuns';
import { explorerHtml } from './explorerHtml';
import { explorerRun } from './explorerModel';
import type { Reporter } from './report';

export const EXPLORER_VIEW_TYPE = 'safetyRegions.overlapExplorer';

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly runDir: string;
  /** Further runs, shown in the same tables. */
  readonly comparedWith: readonly string[];
  readonly name: string;
  /** Aborted when the panel is closed: what was being read for it is of no use then. */
  readonly closed: AbortController;
  /** A finished run never changes, and a hidden tab loses its page: it is not counted again when it comes back. */
  shown: ExplorerRun | null;
}

export class ExplorerPanels implements vscode.WebviewPanelSerializer {
  readonly #open = new Map<string, OpenPanel>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly reporter: Reporter,
  ) {}

  /** @param comparedWith further runs of the same model, for one table of all */
  show(runDir: string, name: string, comparedWith: readonly string[] = []): void {
    const existing = this.#open.get(keyOf(runDir, comparedWith));
    if (existing) {
      existing.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      EXPLORER_VIEW_TYPE,
      this.#title(name),
      vscode.ViewColumn.Active,
      this.#options(),
    );
    this.#attach(panel, runDir, name, comparedWith);
  }

  /** Closes what shows that run, as when it is deleted. */
  close(runDir: string): void {
    for (const open of [...this.#open.values()]) {
      if (open.runDir === runDir || open.comparedWith.includes(runDir)) open.panel.dispose();
    }
  }

  /** Reads the run again where a panel shows it, as when it has just been finished. */
  async reload(runDir: string): Promise<void> {
    const open = this.#open.get(runDir);
    if (open) await this.#load(open);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { runDir = '', comparedWith = [] } = parseExplorerState(state) ?? {};
    // State is kept outside our hands: without a folder that can be meant, there is nothing to restore.
    const areAbsolute = [runDir, ...comparedWith].every((dir) => path.isAbsolute(dir));
    if (!areAbsolute || this.#open.has(keyOf(runDir, comparedWith))) {
      panel.dispose();
      return Promise.resolve();
    }
    panel.webview.options = this.#options();
    this.#attach(panel, runDir, path.basename(runDir), comparedWith);
    return Promise.resolve();
  }

  #attach(panel: vscode.WebviewPanel, runDir: string, name: string, comparedWith: readonly string[]): void {
    const { webview } = panel;
    const key = keyOf(runDir, comparedWith);
    const open: OpenPanel = { panel, runDir, comparedWith, name, closed: new AbortController(), shown: null };
    this.#open.set(key, open);
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(this.extensionUri, 'media', `region-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.onDidDispose(() => {
      this.#open.delete(key);
      open.closed.abort();
    });
    webview.onDidReceiveMessage((received: unknown) => {
      const message = parseToHost(received);
      if (message === null) {
        this.reporter.log.warn('Overlap Explorer sent a message that was not understood.');
      } else if (message.type === 'ready') {
        if (open.shown) void webview.postMessage({ type: 'run', run: open.shown } satisfies ToWebview);
        else void this.#load(open);
      } else if (message.type === 'reload') {
        void this.#load(open);
      } else if (message.type === 'resume') {
        void vscode.commands.executeCommand('safetyRegions.resumeRun', { path: runDir });
      } else if (message.type === 'showLog') {
        this.reporter.log.show();
      } else {
        this.reporter.log.error(`Overlap Explorer: ${message.message}`);
      }
    });
    const uri = (file: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.extensionUri, 'dist', file)).toString();
    webview.html = explorerHtml({
      script: uri('explorer.js'),
      style: uri('explorer.css'),
      title: this.#title(name),
      language: vscode.l10n.bundle ? vscode.env.language : 'en',
      strings: vscode.l10n.bundle,
    });
  }

  async #load(open: OpenPanel): Promise<void> {
    const { panel, runDir, comparedWith } = open;
    const { signal } = open.closed;
    const send = async (message: ToWebview): Promise<void> => {
      // A closed panel throws whatever is asked of it.
      if (!signal.aborted) await panel.webview.postMessage(message);
    };
    open.shown = null;
    await send({ type: 'loading', name: open.name });
    let canResume = false;
    try {
      // Loaded now and not at activation, for a quick start.
      const { openRun } = await import('../store/runDirectory');
      const { overlapRuns } = await import('../store/overlapRuns');
      const run = await openRun(runDir);
      canResume = comparedWith.length === 0 && (await run.state()) === 'interrupted';
      const others = await Promise.all(comparedWith.map((dir) => openRun(dir)));
      if (signal.aborted) return;
      if (others.length === 0) panel.title = this.#title(run.manifest.experiment.name);
      const compared = await Promise.all(
        [run, ...others].map(async (of) => ({
          dir: of.path,
          manifest: of.manifest,
          summary: await of.summary(),
        })),
      );
      const [first] = compared;
      const report = await overlapRuns([runDir, ...comparedWith], { signal });
      open.shown =
        first && others.length === 0
          ? explorerRun(runDir, first.manifest, first.summary, report)
          : comparedRuns(compared, report);
      await send({ type: 'run', run: open.shown });
    } catch (thrown) {
      if (signal.aborted) return;
      const { code, message, mend } = ToolError.from(thrown);
      this.reporter.log.error(`[${code}] ${message}`);
      await send({ type: 'failed', message, mend, canResume });
    }
  }

  #options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(this.extensionUri, 'dist')] };
  }

  #title = (name: string): string => `${vscode.l10n.t('Overlap Explorer')}: ${name}`;
}

const keyOf = (runDir: string, comparedWith: readonly string[]): string =>
  [runDir, ...comparedWith].join('\n');
