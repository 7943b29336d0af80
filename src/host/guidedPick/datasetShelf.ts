/** The workspace's datasets while a guided pick goes on: found once, and previewed in the order that they are wanted. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DatasetPreview } from '../../protocol/engine';
import { ToolError } from '../../protocol/errors';
import type { DatasetPreviews } from '../experimentFile/datasetPreviews';
import { findDatasets } from '../setup/findDatasets';
import { bytesText } from '../setup/sizeText';
import type { ListFiles } from '../setup/workspaceFiles';
import type { Accepted, OpenPick, PickItem } from './askPick';
import type { ChosenFile } from './choices';
import { previewProblem, previewSummary } from './describe';

export interface DatasetItem extends PickItem {
  readonly file: string;
}

/** Without being picked. */
const MOST_PREVIEWS = 100;
/** Small workspaces are read by then, and the list need not change under the user's eyes. */
const FIRST_SHOWN_MS = 1_000;
const REFRESH_MS = 1_000;

export class DatasetShelf {
  /** In the order of the list. */
  readonly items = new Map<string, DatasetItem>();
  readonly #previews = new Map<string, DatasetPreview>();
  #found: Promise<void> | undefined;

  constructor(
    private readonly previews: DatasetPreviews,
    private readonly listFiles: ListFiles,
  ) {}

  /** The preview of a file that can be used. */
  preview(file: string): DatasetPreview | undefined {
    return this.#previews.get(file);
  }

  /** A file from elsewhere. */
  async add(file: string): Promise<void> {
    await this.#find();
    const size = stat(file).then(
      (status) => status.size,
      () => 0,
    );
    if (!this.items.has(file)) this.#shelve(file, await size);
  }

  /** Files as an experiment can have them, or why one of them cannot be used. */
  async choose(items: readonly DatasetItem[]): Promise<Accepted<readonly ChosenFile[]>> {
    const chosen: ChosenFile[] = [];
    for (const { file, label } of items) {
      await this.#look(file);
      const preview = this.#previews.get(file);
      const problem = this.items.get(file)?.problem ?? vscode.l10n.t('It could not be read.');
      if (!preview) return { missing: vscode.l10n.t('{0} cannot be used: {1}', label, problem) };
      chosen.push({ file, preview });
    }
    return { answer: chosen };
  }

  /**
   * Fills a list with all files but `without`, and their details as they come.
   * @param selected files to begin with, looked at first
   * @param before items above them
   */
  async show<R>(
    { signal, show, refresh }: OpenPick<DatasetItem, R>,
    selected: readonly string[],
    without: readonly string[] = [],
    before: readonly DatasetItem[] = [],
  ): Promise<void> {
    await this.#find();
    const files = [...this.items.values()].filter(({ file }) => !without.includes(file));
    const looking = this.#lookAt(
      [...selected, ...files.map(({ file }) => file)].slice(0, MOST_PREVIEWS),
      signal,
    );
    const shown = [...before, ...files];
    await Promise.race([looking, pause(FIRST_SHOWN_MS)]);
    if (signal.aborted) return;
    show(shown, ({ file }) => selected.includes(file));
    if (await isSettled(looking)) return;
    const timer = setInterval(() => refresh(shown), REFRESH_MS);
    try {
      await looking;
    } finally {
      clearInterval(timer);
    }
    refresh(shown);
  }

  #find(): Promise<void> {
    return (this.#found ??= findDatasets(this.listFiles).then((found) => {
      for (const { file, bytes } of found) this.#shelve(file, bytes);
    }));
  }

  #shelve(file: string, bytes: number): void {
    const folder = path.dirname(vscode.workspace.asRelativePath(file));
    this.items.set(file, {
      file,
      label: path.basename(file),
      ...(folder !== '.' && { description: folder }),
      detail: bytesText(bytes),
      buttons: [{ iconPath: new vscode.ThemeIcon('eye'), tooltip: vscode.l10n.t('Show First Rows') }],
    });
  }

  async #lookAt(files: readonly string[], signal: AbortSignal): Promise<void> {
    for (const file of new Set(files)) {
      if (signal.aborted) return;
      await this.#look(file);
    }
  }

  async #look(file: string): Promise<void> {
    const item = this.items.get(file);
    if (!item || this.#previews.has(file)) return;
    const preview = await this.previews.get({ path: [file], baseDir: path.dirname(file) });
    if (preview === null) return;
    if (preview instanceof ToolError) {
      item.problem = `${preview.message} ${preview.mend}`;
    } else {
      item.problem = previewProblem(preview, vscode.l10n);
      item.detail = previewSummary(preview, vscode.l10n);
      if (item.problem === undefined) this.#previews.set(file, preview);
    }
    if (item.problem !== undefined) item.detail = `$(circle-slash) ${item.problem}`;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const isSettled = (work: Promise<void>): Promise<boolean> =>
  Promise.race([work.then(() => true), Promise.resolve(false)]);
