/** Previews through the window's engine, in trusted workspaces only. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DatasetPreview, PreviewDatasetParams } from '../../protocol/engine';
import { ToolError } from '../../protocol/errors';
import type { EngineHolder } from '../engineHolder';
import type { DatasetDraft } from './datasetDrafts';
import { PreviewCache } from './previewCache';

/** Without a signal: an engine that does not hear a cancellation is killed, and a run may be going on in it. */
const TIMEOUT_MS = 60_000;

export class DatasetPreviews {
  readonly #cache: PreviewCache;

  constructor(
    engines: EngineHolder,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#cache = new PreviewCache({
      ask: (params) =>
        engines.use((client) => client.call('previewDataset', params, { timeoutMs: TIMEOUT_MS })),
      stamp,
      now: () => Date.now(),
    });
  }

  /**
   * Of a dataset of the experiment `document`.
   * @returns the engine's error where the dataset cannot be used; null where nothing is to be said: Restricted Mode, no
   * file named yet, or the engine itself failed, which the log tells
   */
  async of(draft: DatasetDraft, document: vscode.TextDocument): Promise<DatasetPreview | ToolError | null> {
    const { previewParams } = await import('./datasetProblems');
    const params = previewParams(draft, path.dirname(document.uri.fsPath));
    return params && this.get(params);
  }

  /** As `of`, of files that no experiment names yet. */
  async get(params: PreviewDatasetParams): Promise<DatasetPreview | ToolError | null> {
    if (!vscode.workspace.isTrusted) return null;
    try {
      return await this.#cache.get(params);
    } catch (thrown) {
      const error = ToolError.from(thrown);
      if (error.kind === 'input' || error.kind === 'usage') return error;
      this.log.warn(`[${error.code}] A dataset was not looked at: ${error.message}`);
      return null;
    }
  }
}

async function stamp(files: readonly string[]): Promise<string> {
  const stamps = files.map((file) =>
    stat(file).then(
      ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
      () => 'gone',
    ),
  );
  return (await Promise.all(stamps)).join('\n');
}
