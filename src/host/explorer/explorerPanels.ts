/** Overlap Explorer panels, one a run, or a set of runs that are compared. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ToolError } from '../../protocol/errors';
import {
  parseExplorerState,
  parseToHost,
  type ToHost,
  type ToWebview,
} from '../../protocol/explorer/messages';
import type { LiveRunView } from '../../protocol/explorer/liveRun';
import type { ExplorerRun } from '../../protocol/explorer/overview';
import type { Reporter } from '../report';
import { explorerHtml } from './explorerHtml';
import { Questions } from './questions';
import { copyText, saveFigure } from './saveFigure';

export const EXPLORER_VIEW_TYPE = 'safetyRegions.overlapExplorer';

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly runDir: string;
  /** Further runs, shown in the same tables. */
  readonly comparedWith: readonly string[];
  readonly name: string;
  /** Aborted when the panel is closed: what was being read for it is of no use then. */
  readonly closed: AbortController;
  /** null until the run could be read. */
  loaded: LoadedRun | null;
  /** Of a run that goes on: what was seen last. */
  live: LiveRunView | null;
  /** Aborted when the run is read anew. */
  reading: AbortController;
}

type Send = (message: ToWebview) => void;

interface LoadedRun {
  /** A finished run never changes, and a hidden tab loses its page: it is not read again when it comes back. */
  readonly overview: ExplorerRun;
  readonly questions: Questions;
}

export class ExplorerPanels implements vscode.WebviewPanelSerializer {
  readonly #open = new Map<string, OpenPanel>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly reporter: Reporter,
    /** Whether this window computes that run. */
    private readonly isOurs: (runDir: string) => boolean,
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
    const open: OpenPanel = {
      panel,
      runDir,
      comparedWith,
      name,
      closed: new AbortController(),
      loaded: null,
      live: null,
      reading: new AbortController(),
    };
    this.#open.set(key, open);
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(this.extensionUri, 'media', `region-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.onDidDispose(() => {
      this.#open.delete(key);
      open.closed.abort();
      open.loaded?.questions.cancelAll();
    });
    webview.onDidReceiveMessage((received: unknown) => {
      const message = parseToHost(received);
      if (message) this.#receive(open, message);
      else this.reporter.log.warn('Overlap Explorer sent a message that was not understood.');
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

  #receive(open: OpenPanel, message: ToHost): void {
    const { panel, runDir, loaded } = open;
    switch (message.type) {
      case 'ready':
        // A new page: what an older one asked is of no use.
        loaded?.questions.cancelAll();
        if (loaded) void panel.webview.postMessage({ type: 'run', run: loaded.overview } satisfies ToWebview);
        else void this.#load(open);
        if (open.live) void panel.webview.postMessage({ type: 'live', live: open.live } satisfies ToWebview);
        break;
      case 'reload':
        void this.#load(open);
        break;
      case 'ask':
        void loaded?.questions.ask(message);
        break;
      case 'cancel':
        loaded?.questions.cancel(message.id);
        break;
      case 'resume':
        void vscode.commands.executeCommand('safetyRegions.resumeRun', { path: runDir });
        break;
      case 'cancelRun':
        if (this.isOurs(runDir)) void vscode.commands.executeCommand('safetyRegions.cancelRun');
        break;
      case 'showLog':
        this.reporter.log.show();
        break;
      case 'save':
        void this.reporter.guard(() => saveFigure(message, runDir));
        break;
      case 'copy':
        void this.reporter.guard(() => copyText(message.text));
        break;
      case 'fault':
        this.reporter.log.error(`Overlap Explorer: ${message.message}`);
    }
  }

  async #load(open: OpenPanel): Promise<void> {
    const { runDir, comparedWith } = open;
    open.reading.abort();
    open.reading = new AbortController();
    const signal = AbortSignal.any([open.closed.signal, open.reading.signal]);
    const send = (message: ToWebview): void => {
      // A closed panel throws whatever is asked of it.
      if (!signal.aborted) void open.panel.webview.postMessage(message);
    };
    open.loaded?.questions.cancelAll();
    open.loaded = null;
    open.live = null;
    send({ type: 'loading', name: open.name });
    let canResume = false;
    try {
      // Loaded now and not at activation, for a quick start.
      const { runStateOf } = await import('../../store/runDirectory');
      const { loadOverview } = await import('./loadOverview');
      const isAlone = comparedWith.length === 0;
      if (isAlone && (await runStateOf(runDir)) === 'running') await this.#follow(open, signal, send);
      canResume = isAlone && (await runStateOf(runDir)) === 'interrupted';
      await this.#show(open, await loadOverview([runDir, ...comparedWith]), signal, send);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = ToolError.from(thrown);
      this.#log(error);
      send({ type: 'failed', message: error.message, mend: error.mend, canResume });
    }
  }

  async #show(open: OpenPanel, overview: ExplorerRun, signal: AbortSignal, send: Send): Promise<void> {
    const { answerQuery } = await import('./answerQuery');
    const { ShownRuns } = await import('./shownRuns');
    if (signal.aborted) return;
    if (open.comparedWith.length === 0) open.panel.title = this.#title(overview.name);
    open.loaded?.questions.cancelAll();
    const runs = new ShownRuns([open.runDir, ...open.comparedWith]);
    const questions = new Questions({
      answer: (name, params, asked) => answerQuery(name, params, { runs, signal: asked }),
      send,
      refused: (error) => this.#log(error),
    });
    open.loaded = { overview, questions };
    send({ type: 'run', run: overview });
  }

  /** How far a run is that goes on, and what there is of it, until it has ended. */
  async #follow(open: OpenPanel, signal: AbortSignal, send: Send): Promise<void> {
    const { loadLiveOverview } = await import('./loadOverview');
    const { liveView } = await import('./liveView');
    const { watchRun } = await import('./watchRun');
    let finished: string | undefined;
    await watchRun(open.runDir, signal, async (live) => {
      if (live.finished.join() !== finished) {
        finished = live.finished.join();
        await this.#show(open, await loadLiveOverview(open.runDir, live.finished), signal, send);
      }
      open.live = liveView(live, this.isOurs(open.runDir), vscode.l10n);
      send({ type: 'live', live: open.live });
    });
    open.live = null;
    send({ type: 'live', live: null });
  }

  #log({ code, message }: ToolError): void {
    this.reporter.log.error(`[${code}] ${message}`);
  }

  #options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [vscode.Uri.joinPath(this.extensionUri, 'dist')] };
  }

  #title = (name: string): string => `${vscode.l10n.t('Overlap Explorer')}: ${name}`;
}

const keyOf = (runDir: string, comparedWith: readonly string[]): string =>
  [runDir, ...comparedWith].join('\n');
