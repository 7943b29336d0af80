/** The experiment file that a panel's Setup tab shows: read as the editor has it, and changed as by typing. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { DatasetPreview } from '../../protocol/engine';
import { ToolError, usageError } from '../../protocol/errors';
import type {
  NewDataset,
  RunningNow,
  SetupEdit,
  SetupModel,
  SetupShown,
} from '../../protocol/explorer/setup';
import type { CurrentRun } from '../currentRun';
import { Debouncer } from '../debouncer';
import type { DatasetPreviews } from '../experimentFile/datasetPreviews';

export interface SetupParts {
  /** Folder of the models that come with the extension, absolute. */
  readonly embeddedRoot: string;
  readonly previews: DatasetPreviews;
  readonly current: CurrentRun;
}

export interface SetupListener {
  changed(setup: SetupShown): void;
  running(running: RunningNow | null): void;
}

const REST_MS = 100;
const MOST_MS = 400;

export class SetupFile implements vscode.Disposable {
  readonly #disposables: readonly { dispose(): unknown }[];
  #isStarting = false;
  /** One change after the other: each is made of the text that the one before has left. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    readonly uri: vscode.Uri,
    private readonly parts: SetupParts,
    private readonly listener: SetupListener,
  ) {
    const tellSoon = new Debouncer(() => void this.#tell(), REST_MS, MOST_MS);
    const ifOwn = (document: vscode.TextDocument): void => {
      if (document.uri.toString() === uri.toString()) tellSoon.call();
    };
    const { workspace } = vscode;
    this.#disposables = [
      tellSoon,
      workspace.onDidChangeTextDocument(({ document }) => ifOwn(document)),
      workspace.onDidOpenTextDocument(ifOwn),
      workspace.onDidCloseTextDocument(ifOwn),
      workspace.onDidGrantWorkspaceTrust(() => tellSoon.call()),
      parts.current.onDidChange(() => listener.running(this.running())),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async shown(): Promise<SetupShown> {
    const { readSetup } = await import('../../core/run/setupState');
    const file = this.uri.fsPath;
    const common = {
      file,
      label: vscode.workspace.asRelativePath(this.uri),
      isEditable: true,
      isTrusted: vscode.workspace.isTrusted,
    };
    try {
      const document = await this.#document();
      const { state, problem } = readSetup(document.getText(), path.basename(file));
      return { ...common, state, problem };
    } catch (thrown) {
      const { message, mend } = ToolError.from(thrown);
      return { ...common, isEditable: false, state: null, problem: { message, mend } };
    }
  }

  running(): RunningNow | null {
    const running = this.parts.current.running(this.uri.fsPath);
    if (!this.#isStarting) return running;
    const starting = { message: vscode.l10n.t('Starting ...'), fraction: 0, timeLeft: '' };
    return { ...(running ?? starting), isOwn: true };
  }

  /** Settles when the run has ended, however it did: the command tells the user. */
  async run(): Promise<void> {
    this.#isStarting = this.parts.current.running(this.uri.fsPath) === null;
    this.listener.running(this.running());
    try {
      await vscode.commands.executeCommand('safetyRegions.identify', this.uri);
    } finally {
      this.#isStarting = false;
      this.listener.running(this.running());
    }
  }

  /** Not the run of another experiment, which may have begun since the page was told of this one's. */
  async cancel(): Promise<void> {
    if (this.running()?.isOwn !== true) return;
    await vscode.commands.executeCommand('safetyRegions.cancelRun');
  }

  async openFile(): Promise<void> {
    const visible = vscode.window.visibleTextEditors.find(
      ({ document }) => document.uri.toString() === this.uri.toString(),
    );
    await vscode.window.showTextDocument(this.uri, {
      viewColumn: visible?.viewColumn ?? vscode.ViewColumn.Beside,
    });
  }

  /** @throws ToolError the codes of `setupEdits`; `setup-not-applied` */
  change(edit: SetupEdit): Promise<void> {
    const done = this.#last.then(() => this.#change(edit));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async models(signal: AbortSignal): Promise<SetupModel[]> {
    const { findModels } = await import('../setup/findModels');
    const { pathFrom } = await import('../setup/datasetEntry');
    const { listWorkspaceFiles } = await import('../setup/workspaceFiles');
    const found = await findModels({
      embeddedRoot: this.parts.embeddedRoot,
      listFiles: listWorkspaceFiles,
      signal,
    });
    return found.map(({ origin, reference, name, family, parameters, problem }) => {
      const isFolder = origin === 'workspace';
      return {
        reference: isFolder ? pathFrom(this.#folder, reference) : reference,
        name: isFolder ? vscode.workspace.asRelativePath(name) : name,
        ...{ origin, family, parameters },
        problem: problem && `${problem.message} ${problem.mend}`,
      };
    });
  }

  /** Their paths as the experiment names them. */
  async files(signal: AbortSignal): Promise<{ path: string; bytes: number }[]> {
    const { findDatasets } = await import('../setup/findDatasets');
    const { pathFrom } = await import('../setup/datasetEntry');
    const { listWorkspaceFiles } = await import('../setup/workspaceFiles');
    const found = await findDatasets(listWorkspaceFiles, signal);
    return found.map(({ file, bytes }) => ({ path: pathFrom(this.#folder, file), bytes }));
  }

  /**
   * @param of index of an entry in `datasets`, or a path
   * @returns null where nothing is read: in Restricted Mode
   * @throws ToolError why it cannot be used
   */
  async preview(of: number | string): Promise<DatasetPreview | null> {
    const { previews } = this.parts;
    let preview: DatasetPreview | ToolError | null;
    if (typeof of === 'string') {
      preview = await previews.get({ path: [of], baseDir: this.#folder });
    } else {
      const { readDrafts } = await import('../experimentFile/datasetDrafts');
      const document = await this.#document();
      const draft = readDrafts(document.getText()).datasets.find(
        ({ at }) => at[0] === 'datasets' && at[1] === of,
      );
      preview = draft ? await previews.of(draft, document) : null;
    }
    if (preview instanceof ToolError) throw preview;
    return preview;
  }

  async #tell(): Promise<void> {
    this.listener.changed(await this.shown());
  }

  async #change(edit: SetupEdit): Promise<void> {
    const { setupEdits } = await import('../../core/run/setupEdits');
    const filled = await this.#withFields(edit);
    const document = await this.#document();
    const edits = setupEdits(document.getText(), path.basename(this.uri.fsPath), filled);
    if (edits.length === 0) return;
    const change = new vscode.WorkspaceEdit();
    for (const { offset, length, content } of edits) {
      const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
      change.replace(this.uri, range, content);
    }
    if (await vscode.workspace.applyEdit(change)) return;
    throw usageError(
      'setup-not-applied',
      `${path.basename(this.uri.fsPath)} could not be changed.`,
      'See whether it is read-only, or has just been changed by something else.',
    );
  }

  /** A new set gets the fields that are detected in it, so that the file says what is used. */
  async #withFields(edit: SetupEdit): Promise<SetupEdit> {
    const isNew = edit.kind === 'addDataset' || edit.kind === 'utility';
    if (!isNew || !edit.dataset) return edit;
    return { ...edit, dataset: await this.#detected(edit.dataset) };
  }

  async #detected(dataset: NewDataset): Promise<NewDataset> {
    const { datasetEntry } = await import('../setup/datasetEntry');
    const preview = await this.parts.previews.get({ path: [dataset.path], baseDir: this.#folder });
    if (!preview || preview instanceof ToolError) return dataset;
    const file = path.resolve(this.#folder, dataset.path);
    const { prompt, response, category, kind } = datasetEntry(file, preview, this.#folder, []);
    return {
      ...dataset,
      ...(prompt !== undefined && { prompt }),
      ...(typeof response === 'string' && { response }),
      ...(typeof category === 'string' && { category }),
      ...(kind && { kind }),
    };
  }

  /** Opened anew where VS Code has let go of it, which it does some minutes after the last editor is closed. */
  async #document(): Promise<vscode.TextDocument> {
    try {
      return await vscode.workspace.openTextDocument(this.uri);
    } catch {
      throw usageError(
        'setup-file-gone',
        `${this.uri.fsPath} cannot be opened.`,
        'See whether it has been moved or deleted.',
      );
    }
  }

  get #folder(): string {
    return path.dirname(this.uri.fsPath);
  }
}
