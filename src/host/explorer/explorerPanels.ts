/** Overlap Explorer panels: one a run, a set of runs that are compared, or an experiment that is being set up. */
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
import type { PageSetup } from './openSetup';
import { Questions } from './questions';
import { copyText, saveFigure } from './saveFigure';
import type { SetupParts } from './setupFile';

export const EXPLORER_VIEW_TYPE = 'safetyRegions.overlapExplorer';

/** What a panel is about. */
interface Subject {
  /** The first run, and further ones that are shown in the same tables; none: an experiment is set up. */
  readonly runDirs: readonly string[];
  /** Absolute; null where it is for the run to say. */
  readonly experimentFile: string | null;
  readonly name: string;
}

interface OpenPanel extends Subject {
  readonly panel: vscode.WebviewPanel;
  /** Aborted when the panel is closed: what was being read for it is of no use then. */
  readonly closed: AbortController;
  /** null until the run could be read. */
  loaded: LoadedPage | null;
  /** What its Setup tab shows; null until it is known. */
  setup: PageSetup | null;
  /** Of a run that goes on: what was seen last. */
  live: LiveRunView | null;
  /** Aborted when the run is read anew. */
  reading: AbortController;
}

type Send = (message: ToWebview) => void;

interface LoadedPage {
  /** A finished run never changes, and a hidden tab loses its page: it is not read again when it comes back. */
  readonly overview: ExplorerRun | null;
  readonly questions: Questions;
}

export class ExplorerPanels implements vscode.WebviewPanelSerializer {
  readonly #panels = new Map<string, OpenPanel>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly reporter: Reporter,
    /** Whether this window computes that run. */
    private readonly isOurs: (runDir: string) => boolean,
    private readonly setupParts: SetupParts,
  ) {}

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
      existing.panel.reveal();
      return;
    }
    const title = this.#title(subject.name);
    const panel = vscode.window.createWebviewPanel(EXPLORER_VIEW_TYPE, title, column, this.#options());
    this.#attach(panel, subject);
  }

  /** Closes what shows that run, as when it is deleted. */
  close(runDir: string): void {
    for (const open of [...this.#panels.values()]) {
      if (open.runDirs.includes(runDir)) open.panel.dispose();
    }
  }

  /** Reads the run again where a panel shows it, as when it has just been finished. */
  async reload(runDir: string): Promise<void> {
    const open = this.#panels.get(keyOf({ runDirs: [runDir], experimentFile: null }));
    if (open) await this.#load(open);
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
    panel.webview.options = this.#options();
    this.#attach(panel, subject);
    return Promise.resolve();
  }

  #attach(panel: vscode.WebviewPanel, subject: Subject): void {
    const { webview } = panel;
    const key = keyOf(subject);
    const open: OpenPanel = {
      ...subject,
      panel,
      closed: new AbortController(),
      loaded: null,
      setup: null,
      live: null,
      reading: new AbortController(),
    };
    this.#panels.set(key, open);
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(this.extensionUri, 'media', `region-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    panel.onDidDispose(() => {
      this.#panels.delete(key);
      open.closed.abort();
      forget(open);
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
      title: this.#title(subject.name),
      language: vscode.l10n.bundle ? vscode.env.language : 'en',
      strings: vscode.l10n.bundle,
    });
  }

  #receive(open: OpenPanel, message: ToHost): void {
    const { loaded } = open;
    const [runDir = ''] = open.runDirs;
    switch (message.type) {
      case 'ready':
        // A new page: what an older one asked is of no use.
        loaded?.questions.cancelAll();
        if (loaded) void pageOf(open, loaded).then((shown) => post(open, shown));
        else void this.#load(open);
        if (open.live) post(open, { type: 'live', live: open.live });
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
      case 'experiment':
        void this.reporter.guard(async () => open.setup?.file?.[message.action]());
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
    const { runDirs } = open;
    open.reading.abort();
    open.reading = new AbortController();
    const signal = AbortSignal.any([open.closed.signal, open.reading.signal]);
    const send = (message: ToWebview): void => {
      if (!signal.aborted) post(open, message);
    };
    forget(open);
    send({ type: 'loading', name: open.name });
    let canResume = false;
    try {
      // Loaded now and not at activation, for a quick start.
      const { runStateOf } = await import('../../store/runDirectory');
      const { loadOverview } = await import('./loadOverview');
      const [runDir, ...comparedWith] = runDirs;
      const alone = comparedWith.length === 0 ? runDir : undefined;
      await this.#openSetup(open, signal, send);
      if (alone !== undefined && (await runStateOf(alone)) === 'running') {
        await this.#follow(open, alone, signal, send);
      }
      canResume = alone !== undefined && (await runStateOf(alone)) === 'interrupted';
      await this.#show(open, runDir === undefined ? null : await loadOverview(runDirs), signal, send);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = ToolError.from(thrown);
      this.#log(error);
      send({ type: 'failed', message: error.message, mend: error.mend, canResume });
    }
  }

  async #openSetup(open: OpenPanel, signal: AbortSignal, send: Send): Promise<void> {
    const { openSetup } = await import('./openSetup');
    const setup = await openSetup(open, this.setupParts, {
      changed: (shown) => send({ type: 'setup', setup: shown }),
      running: (running) => send({ type: 'running', running }),
    });
    if (signal.aborted) setup.file?.dispose();
    else open.setup = setup;
  }

  /** @param overview null for an experiment that has not been run */
  async #show(open: OpenPanel, overview: ExplorerRun | null, signal: AbortSignal, send: Send): Promise<void> {
    const { answerQuery } = await import('./answerQuery');
    const { ShownRuns } = await import('./shownRuns');
    if (signal.aborted) return;
    if (overview && open.runDirs.length === 1) open.panel.title = this.#title(overview.name);
    open.loaded?.questions.cancelAll();
    const runs = new ShownRuns(open.runDirs);
    const setup = open.setup?.file ?? null;
    const questions = new Questions({
      answer: (name, params, asked) => answerQuery(name, params, { runs, setup, signal: asked }),
      send,
      refused: (error) => this.#log(error),
    });
    open.loaded = { overview, questions };
    send(await pageOf(open, open.loaded));
  }

  /** How far a run is that goes on, and what there is of it, until it has ended. */
  async #follow(open: OpenPanel, runDir: string, signal: AbortSignal, send: Send): Promise<void> {
    const { loadLiveOverview } = await import('./loadOverview');
    const { liveView } = await import('./liveView');
    const { watchRun } = await import('./watchRun');
    let finished: string | undefined;
    await watchRun(runDir, signal, async (live) => {
      if (live.finished.join() !== finished) {
        finished = live.finished.join();
        await this.#show(open, await loadLiveOverview(runDir, live.finished), signal, send);
      }
      open.live = liveView(live, this.isOurs(runDir), vscode.l10n);
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

/** A closed panel throws whatever is asked of it. */
function post({ panel, closed }: OpenPanel, message: ToWebview): void {
  if (!closed.signal.aborted) void panel.webview.postMessage(message);
}

const pageOf = async ({ setup }: OpenPanel, { overview }: LoadedPage): Promise<ToWebview> => ({
  type: 'run',
  run: overview,
  setup: (await setup?.shown()) ?? null,
  running: setup?.file?.running() ?? null,
});

/** What was read for a page, and what it has asked, is of no use any more. */
function forget(open: OpenPanel): void {
  open.loaded?.questions.cancelAll();
  open.loaded = null;
  open.setup?.file?.dispose();
  open.setup = null;
  open.live = null;
}

const experimentSubject = (experimentFile: string): Subject => ({
  runDirs: [],
  experimentFile,
  name: path.basename(experimentFile, '.safety-region.json'),
});

const keyOf = ({ runDirs, experimentFile }: Pick<Subject, 'runDirs' | 'experimentFile'>): string =>
  [...runDirs, experimentFile ?? ''].join('\n');
