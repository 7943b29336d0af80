/** Fields, values, paths and models that an experiment may name; keys and choices come from the JSON Schema. */
import path from 'node:path';
import * as vscode from 'vscode';
import { ToolError } from '../../protocol/errors';
import type { Suggestion } from './completions';
import type { DatasetPreviews } from './datasetPreviews';
import type { Place } from './placeAt';
import { rangeOf } from './rangeOf';

const MOST_FILES = 2_000;
/** Typing asks at every key; files come and go slowly. */
const FILES_MS = 10_000;

export class ExperimentCompletions implements vscode.CompletionItemProvider {
  static readonly triggers = ['"', '/', ':', '.'];
  readonly #files = new Map<string, { readonly atMs: number; readonly files: Promise<string[]> }>();

  constructor(
    private readonly previews: DatasetPreviews,
    /** Of the models that come with the extension. */
    private readonly embeddedRoot: string,
  ) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    const text = document.getText();
    const { placeAt } = await import('./placeAt');
    const place = placeAt(text, document.offsetAt(position));
    if (!place || place.kind === 'id') return [];
    const suggestions = await this.#suggest(place, document);
    const range = rangeOf(document, place.span);
    const isNewKey =
      place.kind === 'whereKey' && !/^\s*:/.test(text.slice(place.span.offset + place.span.length));
    return suggestions.map(({ literal, detail, kind }, rank) => {
      const item = new vscode.CompletionItem(literal, kind);
      item.range = range;
      item.filterText = literal;
      item.insertText = isNewKey ? `${literal}: ` : literal;
      item.sortText = `!${String(rank).padStart(5, '0')}`;
      if (detail !== '') item.detail = detail;
      if (isNewKey) item.command = { command: 'editor.action.triggerSuggest', title: '' };
      return item;
    });
  }

  async #suggest(place: Place, document: vscode.TextDocument): Promise<Shown[]> {
    switch (place.kind) {
      case 'model':
      case 'adapter':
      case 'encoder':
        return this.#models(place.kind, document);
      case 'path':
        return this.#datasets(document);
      case 'id':
        return [];
      case 'field':
      case 'whereKey':
      case 'whereValue': {
        // A half-written filter must not hide the rows that are to complete it.
        const preview = await this.previews.of({ ...place.dataset, where: [], fields: {} }, document);
        if (preview === null || preview instanceof ToolError) return [];
        const { suggestFields } = await import('./completions');
        return suggestFields(place, preview).map((one) => shownField(one, place));
      }
    }
  }

  async #datasets(document: vscode.TextDocument): Promise<Shown[]> {
    const { DATASET_GLOB, suggestDatasets } = await import('./pathSuggestions');
    const files = await this.#find(DATASET_GLOB, document);
    const folder = path.dirname(document.uri.fsPath);
    return suggestDatasets(files, folder).map((one) => shown(one, '', vscode.CompletionItemKind.File));
  }

  async #models(kind: 'model' | 'adapter' | 'encoder', document: vscode.TextDocument): Promise<Shown[]> {
    const { MODEL_GLOB, suggestModels } = await import('./pathSuggestions');
    const { foldersWith, hubModelNames } = await import('../../store/knownModels');
    const files = await this.#find(MODEL_GLOB, document);
    const local = suggestModels(files, path.dirname(document.uri.fsPath), kind).map((one) =>
      shown(one, '', vscode.CompletionItemKind.Folder),
    );
    if (kind === 'encoder') return local;
    const config = kind === 'adapter' ? 'adapter_config.json' : 'config.json';
    const embedded = (await foldersWith(this.embeddedRoot, config)).map((name) =>
      shown(`embedded:${name}`, vscode.l10n.t('comes with the extension'), vscode.CompletionItemKind.Module),
    );
    const hub = (await hubModelNames()).map((name) =>
      shown(`hub:${name}`, vscode.l10n.t('local Hugging Face cache'), vscode.CompletionItemKind.Reference),
    );
    return [...local, ...embedded, ...hub];
  }

  /** Absolute paths, of the workspace and of the experiment's own folder. */
  #find(glob: string, { uri }: vscode.TextDocument): Promise<string[]> {
    const folder = vscode.workspace.getWorkspaceFolder(uri) ?? vscode.Uri.joinPath(uri, '..');
    const key = `${glob}\n${folder instanceof vscode.Uri ? folder.fsPath : folder.uri.fsPath}`;
    const known = this.#files.get(key);
    if (known && Date.now() - known.atMs < FILES_MS) return known.files;
    const files = import('./pathSuggestions').then(async ({ NO_DATA }) => {
      const pattern = new vscode.RelativePattern(folder, glob);
      const found = await vscode.workspace.findFiles(pattern, NO_DATA, MOST_FILES);
      return found.map(({ fsPath }) => fsPath);
    });
    this.#files.set(key, { atMs: Date.now(), files });
    return files;
  }
}

interface Shown {
  readonly literal: string;
  readonly detail: string;
  readonly kind: vscode.CompletionItemKind;
}

const shown = (text: string, detail: string, kind: vscode.CompletionItemKind): Shown => ({
  literal: JSON.stringify(text),
  detail,
  kind,
});

function shownField({ literal, sample, rows, isDetected }: Suggestion, { kind }: Place): Shown {
  const parts = [
    ...(isDetected ? [vscode.l10n.t('detected')] : []),
    ...(rows === null ? [] : [vscode.l10n.t('{0} rows', rows)]),
    ...(sample === null ? [] : [sample]),
  ];
  const isValue = kind === 'whereValue';
  return {
    literal,
    detail: parts.join(' \u00b7 '),
    kind: isValue ? vscode.CompletionItemKind.EnumMember : vscode.CompletionItemKind.Field,
  };
}
