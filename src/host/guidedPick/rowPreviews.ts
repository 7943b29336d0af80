/** A dataset's first rows as a read-only document, beside the list that it was asked from. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ToolError } from '../../protocol/errors';
import type { DatasetPreviews } from '../experimentFile/datasetPreviews';
import { previewText } from './describe';

const SCHEME = 'safety-regions-rows';

/** One provider for the window, from the first preview on. */
let provider: vscode.Disposable | undefined;

export async function showRows(file: string, previews: DatasetPreviews): Promise<void> {
  provider ??= vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: async ({ query }) => {
      const preview = await previews.get({ path: [query], baseDir: path.dirname(query) });
      if (preview instanceof ToolError) return `${preview.message}\n${preview.mend}`;
      return preview ? previewText(query, preview, vscode.l10n) : vscode.l10n.t('It could not be read.');
    },
  });
  const title = vscode.l10n.t('{0}: first rows', path.basename(file));
  const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${title}`, query: file });
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: true, preserveFocus: true });
}
