/** Over a dataset's id or path: what it holds. */
import * as vscode from 'vscode';
import { ToolError } from '../../protocol/errors';
import type { DatasetPreviews } from './datasetPreviews';
import { rangeOf } from './rangeOf';

export class ExperimentHovers implements vscode.HoverProvider {
  constructor(private readonly previews: DatasetPreviews) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const { placeAt } = await import('./placeAt');
    const place = placeAt(document.getText(), document.offsetAt(position));
    if (place?.kind !== 'id' && place?.kind !== 'path') return undefined;
    const range = rangeOf(document, place.span);
    if (!vscode.workspace.isTrusted) {
      return new vscode.Hover(vscode.l10n.t('Datasets are read in trusted workspaces only.'), range);
    }
    const preview = await this.previews.of(place.dataset, document);
    // What cannot be used is a diagnostic already.
    if (preview === null || preview instanceof ToolError) return undefined;
    const { datasetHover } = await import('./datasetHover');
    // Neither trusted nor with HTML: nothing in it can do anything.
    const text = new vscode.MarkdownString(
      datasetHover(place.dataset, preview, vscode.l10n, vscode.env.language),
    );
    return new vscode.Hover(text, range);
  }
}
