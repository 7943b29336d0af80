/** One panel of the Overlap Explorer: its page, what is read for it, and what the page asks. */
import * as vscode from 'vscode';
import { ToolError } from '../../protocol/errors';
import type { LiveRunView } from '../../protocol/explorer/liveRun';
import { parseToHost, type ToHost, type ToWebview } from '../../protocol/explorer/messages';
import type { ExplorerRun } from '../../protocol/explorer/overview';
import type { Reporter } from '../report';
import { explorerHtml } from './explorerHtml';
import type { PageSetup } from './openSetup';
import { Questions } from './questions';
import { copyText, saveFigure, saveNeurons } from './saveFigure';
import type { SetupParts } from './setupFile';
import type { ShownRuns } from './shownRuns';

/** What a panel is about. */
export interface Subject {
  /** The first run, and further ones that are shown in the same tables; none: an experiment is set up. */
  readonly runDirs: readonly string[];
  /** Absolute; null where it is for the run to say. */
  readonly experimentFile: string | null;
  /** In the tab's title: after a reload of the window it is all that tells whose tab it is. */
  readonly name: string;
}

export interface PanelParts {
  readonly extensionUri: vscode.Uri;
  readonly reporter: Reporter;
  /** Whether this window computes that run. */
  readonly isOurs: (runDir: string) => boolean;
  readonly setup: SetupParts;
}

interface LoadedPage {
  /** A finished run never changes, and a hidden tab loses its page: it is not read again when it comes back. */
  readonly overview: ExplorerRun | null;
  readonly runs: ShownRuns;
  readonly questions: Questions;
}

type Send = (message: ToWebview) => void;

const WHOLE_PAGES: ReadonlySet<ToWebview['type']> = new Set(['loading', 'run', 'failed']);

export class ExplorerPanel {
  /** Aborted when the panel is closed: what was being read for it is of no use then. */
  readonly #closed = new AbortController();
  /** Aborted when the run is read anew. */
  #reading = new AbortController();
  /** null until the run could be read. */
  #loaded: LoadedPage | null = null;
  /** What its Setup tab shows; null until it is known. */
  #setup: PageSetup | null = null;
  /** Of a run that goes on: what was seen last. */
  #live: LiveRunView | null = null;
  /** What waits for the panel's first page; null once that has been there. */
  #unsent: ToWebview[] | null = [];

  /**
   * Fills a panel that VS Code has made, or restored. A page takes a quarter of a second to come up: reading begins
   * before it is there.
   */
  constructor(
    private readonly panel: vscode.WebviewPanel,
    readonly subject: Subject,
    private readonly parts: PanelParts,
    private readonly isRestored: boolean,
  ) {
    const { webview } = panel;
    const { extensionUri, reporter } = parts;
    webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')],
    };
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(extensionUri, 'media', `region-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.onDidDispose(() => {
      this.#closed.abort();
      this.#forget();
    });
    webview.onDidReceiveMessage((received: unknown) => {
      const message = parseToHost(received);
      if (message) this.#receive(message);
      else reporter.log.warn('Overlap Explorer sent a message that was not understood.');
    });
    const uri = (file: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', file)).toString();
    webview.html = explorerHtml({
      script: uri('explorer.js'),
      style: uri('explorer.css'),
      title: panel.title,
      language: vscode.l10n.bundle ? vscode.env.language : 'en',
      strings: vscode.l10n.bundle,
    });
    void this.load();
  }

  reveal(): void {
    this.panel.reveal();
  }

  close(): void {
    this.panel.dispose();
  }

  #receive(message: ToHost): void {
    const loaded = this.#loaded;
    const { reporter, isOurs } = this.parts;
    const [runDir = ''] = this.subject.runDirs;
    switch (message.type) {
      case 'ready':
        this.#pageIsThere();
        break;
      case 'reload':
        void this.load();
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
        if (isOurs(runDir)) void vscode.commands.executeCommand('safetyRegions.cancelRun');
        break;
      case 'experiment':
        void reporter.guard(async () => this.#setup?.file?.[message.action]());
        break;
      case 'showLog':
        reporter.log.show();
        break;
      case 'save':
        void reporter.guard(() => saveFigure(message, runDir));
        break;
      case 'saveNeurons':
        if (loaded) void reporter.guard(() => saveNeurons(message, loaded.runs));
        break;
      case 'copy':
        void reporter.guard(() => copyText(message.text));
        break;
      case 'fault':
        reporter.log.error(`Overlap Explorer: ${message.message}`);
    }
  }

  #pageIsThere(): void {
    const unsent = this.#unsent;
    const loaded = this.#loaded;
    this.#unsent = null;
    if (unsent) {
      for (const message of unsent) this.#post(message);
      return;
    }
    // A new page: what an older one asked is of no use.
    loaded?.questions.cancelAll();
    if (loaded) void this.#page(loaded).then((shown) => this.#post(shown));
    else void this.load();
    if (this.#live) this.#post({ type: 'live', live: this.#live });
  }

  /** Reads the run again, as when it has just been finished. */
  async load(): Promise<void> {
    const { runDirs, name } = this.subject;
    this.#reading.abort();
    this.#reading = new AbortController();
    const signal = AbortSignal.any([this.#closed.signal, this.#reading.signal]);
    const send = (message: ToWebview): void => {
      if (!signal.aborted) this.#post(message);
    };
    this.#forget();
    send({ type: 'loading', name });
    let canResume = false;
    try {
      // Loaded now and not at activation, for a quick start.
      const { runStateOf } = await import('../../store/runDirectory');
      const { loadOverview } = await import('./loadOverview');
      const [runDir, ...comparedWith] = runDirs;
      const alone = comparedWith.length === 0 ? runDir : undefined;
      await this.#openSetup(signal, send);
      if (alone !== undefined && (await runStateOf(alone)) === 'running') {
        await this.#follow(alone, signal, send);
      }
      canResume = alone !== undefined && (await runStateOf(alone)) === 'interrupted';
      await this.#show(
        runDir === undefined ? null : await loadOverview(runDirs, vscode.l10n.t),
        signal,
        send,
      );
    } catch (thrown) {
      if (signal.aborted) return;
      const error = ToolError.from(thrown);
      this.#log(error);
      send({ type: 'failed', message: error.message, mend: error.mend, canResume });
    }
  }

  async #openSetup(signal: AbortSignal, send: Send): Promise<void> {
    const { openSetup } = await import('./openSetup');
    const setup = await openSetup(this.subject, this.parts.setup, {
      changed: (shown) => send({ type: 'setup', setup: shown }),
      running: (running) => send({ type: 'running', running }),
    });
    if (signal.aborted) setup.file?.dispose();
    else this.#setup = setup;
  }

  /** @param overview null for an experiment that has not been run */
  async #show(overview: ExplorerRun | null, signal: AbortSignal, send: Send): Promise<void> {
    const { answerQuery } = await import('./answerQuery');
    const { ShownRuns } = await import('./shownRuns');
    if (signal.aborted) return;
    const { runDirs } = this.subject;
    this.#loaded?.questions.cancelAll();
    const runs = new ShownRuns(runDirs);
    const [first] = overview?.methods ?? [];
    // A page without a state begins with the overlap of the first method: it is counted by the time the page asks.
    if (first && this.#unsent && !this.isRestored) runs.overlap(first.id, signal).catch(() => undefined);
    const setup = this.#setup?.file ?? null;
    const questions = new Questions({
      answer: (name, params, asked) =>
        answerQuery(name, params, { runs, setup, l10n: vscode.l10n, signal: asked }),
      send,
      refused: (error) => this.#log(error),
    });
    this.#loaded = { overview, runs, questions };
    send(await this.#page(this.#loaded));
  }

  /** How far a run is that goes on, and what there is of it, until it has ended. */
  async #follow(runDir: string, signal: AbortSignal, send: Send): Promise<void> {
    const { loadLiveOverview } = await import('./loadOverview');
    const { liveView } = await import('./liveView');
    const { watchRun } = await import('./watchRun');
    let finished: string | undefined;
    await watchRun(runDir, signal, async (live) => {
      if (live.finished.join() !== finished) {
        finished = live.finished.join();
        await this.#show(await loadLiveOverview(runDir, live.finished, vscode.l10n.t), signal, send);
      }
      this.#live = liveView(live, this.parts.isOurs(runDir), vscode.l10n);
      send({ type: 'live', live: this.#live });
    });
    this.#live = null;
    send({ type: 'live', live: null });
  }

  #log({ code, message }: ToolError): void {
    this.parts.reporter.log.error(`[${code}] ${message}`);
  }

  /** A closed panel throws whatever is asked of it. */
  #post(message: ToWebview): void {
    if (this.#unsent) {
      // What shows a whole page leaves nothing of what was there.
      if (WHOLE_PAGES.has(message.type)) this.#unsent = [];
      this.#unsent.push(message);
    } else if (!this.#closed.signal.aborted) void this.panel.webview.postMessage(message);
  }

  async #page({ overview }: LoadedPage): Promise<ToWebview> {
    const setup = this.#setup;
    return {
      type: 'run',
      run: overview,
      setup: (await setup?.shown()) ?? null,
      running: setup?.file?.running() ?? null,
    };
  }

  /** What was read for a page, and what it has asked, is of no use any more. */
  #forget(): void {
    this.#loaded?.questions.cancelAll();
    this.#loaded = null;
    this.#setup?.file?.dispose();
    this.#setup = null;
    this.#live = null;
  }
}
