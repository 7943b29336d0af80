/** Overlap Explorer panels, one a run. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ToolError } from '../protocol/errors';
import { parseExplorerState, parseToHost, type ExplorerRun, type ToWebview } from '../protocol/explorer';
import { explorerHtml } from './explorerHtml';
import { explorerRun } from './explorerModel';
import type { Reporter } from './report';

export const EXPLORER_VIEW_TYPE = 'safetyRegions.overlapExplorer';

export class ExplorerPanels implements vscode.WebviewPanelSerializer {
  readonly #open = new Map<string, vscode.WebviewPanel>();
  /** A finished run never changes, and a hidden tab loses its page: it is not counted again when it comes back. */
  readonly #runs = new WeakMap<vscode.WebviewPanel, ExplorerRun>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly reporter: Reporter,
  ) {}

  show(runDir: string, name: string): void {
    const existing = this.#open.get(runDir);
    if (existing) {
      existing.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      EXPLORER_VIEW_TYPE,
      this.#title(name),
      vscode.ViewColumn.Active,
      this.#options(),
    );
    this.#attach(panel, runDir, name);
  }

  /** Reads the run again where a panel shows it, as when it has just been finished. */
  async reload(runDir: string): Promise<void> {
    const panel = this.#open.get(runDir);
    if (panel) await this.#load(panel, runDir, path.basename(runDir));
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const runDir = parseExplorerState(state)?.runDir ?? '';
    // State is kept outside our hands: without a folder that can be meant, there is nothing to restore.
    if (!path.isAbsolute(runDir) || this.#open.has(runDir)) {
      panel.dispose();
      return Promise.resolve();
    }
    panel.webview.options = this.#options();
    this.#attach(panel, runDir, path.basename(runDir));
    return Promise.resolve();
  }

  #attach(panel: vscode.WebviewPanel, runDir: string, name: string): void {
    const { webview } = panel;
    this.#open.set(runDir, panel);
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(this.extensionUri, 'media', `region-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.onDidDispose(() => this.#open.delete(runDir));
    webview.onDidReceiveMessage((received: unknown) => {
      const message = parseToHost(received);
      if (message === null) {
        this.reporter.log.warn('Overlap Explorer sent a message that was not understood.');
      } else if (message.type === 'ready') {
        const run = this.#runs.get(panel);
        if (run) void webview.postMessage({ type: 'run', run } satisfies ToWebview);
        else void this.#load(panel, runDir, name);
      } else if (message.type === 'reload') {
        void this.#load(panel, runDir, name);
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
      language: 'en',
    });
  }

  async #load(panel: vscode.WebviewPanel, runDir: string, name: string): Promise<void> {
    // A panel that was closed meanwhile is gone from the map, and throws whatever is asked of it.
    const isOpen = (): boolean => this.#open.get(runDir) === panel;
    const send = async (message: ToWebview): Promise<void> => {
      if (isOpen()) await panel.webview.postMessage(message);
    };
    await send({ type: 'loading', name });
    let canResume = false;
    try {
      // Loaded now and not at activation, for a quick start.
      const { openRun } = await import('../store/runDirectory');
      const { overlapRuns } = await import('../store/overlapRuns');
      const run = await openRun(runDir);
      canResume = (await run.state()) === 'interrupted';
      if (!isOpen()) return;
      panel.title = this.#title(run.manifest.experiment.name);
      const summary = await run.summary();
      const shown = explorerRun(runDir, run.manifest, summary, await overlapRuns([runDir], {}));
      this.#runs.set(panel, shown);
      await send({ type: 'run', run: shown });
    } catch (thrown) {
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
