/** Marks in an experiment what the engine would refuse: the file's own faults, then those of its datasets. */
import * as vscode from 'vscode';
import { ToolError } from '../../protocol/errors';
import { isExperiment } from '../experiments';
import type { DatasetDraft } from './datasetDrafts';
import type { DatasetPreviews } from './datasetPreviews';
import type { DatasetProblem } from './datasetProblems';
import { rangeOf } from './rangeOf';

const DEBOUNCE_MS = 500;
const FIELDS_SHOWN = 20;

export class ExperimentDiagnostics implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('safetyRegions');
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #disposables: readonly { dispose(): unknown }[];

  constructor(private readonly previews: DatasetPreviews) {
    const { workspace } = vscode;
    this.#disposables = [
      this.#collection,
      workspace.onDidOpenTextDocument((document) => this.#checkSoon(document, 0)),
      workspace.onDidChangeTextDocument(({ document }) => this.#checkSoon(document)),
      workspace.onDidCloseTextDocument(({ uri }) => this.#forget(uri)),
      workspace.onDidGrantWorkspaceTrust(() => this.#checkAll()),
      // Data may have changed while one was elsewhere.
      vscode.window.onDidChangeActiveTextEditor((editor) => editor && this.#checkSoon(editor.document)),
    ];
    this.#checkAll();
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #checkAll(): void {
    for (const document of vscode.workspace.textDocuments) this.#checkSoon(document, 0);
  }

  #checkSoon(document: vscode.TextDocument, delayMs = DEBOUNCE_MS): void {
    if (!isExperiment(document.uri)) return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => void this.#check(document), delayMs),
    );
  }

  #forget(uri: vscode.Uri): void {
    const key = uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    this.#collection.delete(uri);
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { version, uri } = document;
    const isStale = (): boolean => document.isClosed || document.version !== version;
    const text = document.getText();
    const { fileProblem } = await import('./fileProblem');
    const own = fileProblem(text);
    const found = own ? [diagnostic(document, own.span, own.code, own.message)] : [];
    if (isStale()) return;
    this.#collection.set(uri, found);

    const { readDrafts } = await import('./datasetDrafts');
    const { datasets, sampleCount } = readDrafts(text);
    for (const draft of datasets.filter(({ isRead }) => isRead)) {
      found.push(...(await this.#checkDataset(document, draft, sampleCount)));
      if (isStale()) return;
    }
    this.#collection.set(uri, found);
  }

  async #checkDataset(
    document: vscode.TextDocument,
    draft: DatasetDraft,
    sampleCount: number | null,
  ): Promise<vscode.Diagnostic[]> {
    const preview = await this.previews.of(draft, document);
    if (preview === null) return [];
    if (preview instanceof ToolError) {
      const { code, message, mend } = preview;
      return [diagnostic(document, draft.paths[0]?.span ?? draft.span, code, `${message} ${mend}`)];
    }
    const { datasetProblems } = await import('./datasetProblems');
    return datasetProblems(draft, preview, sampleCount).map((problem) =>
      diagnostic(document, problem.span, problem.kind, problemText(problem)),
    );
  }
}

function diagnostic(
  document: vscode.TextDocument,
  span: DatasetProblem['span'],
  code: string,
  message: string,
): vscode.Diagnostic {
  const made = new vscode.Diagnostic(rangeOf(document, span), message, vscode.DiagnosticSeverity.Error);
  made.source = 'Safety Regions';
  made.code = code;
  return made;
}

function problemText(problem: DatasetProblem): string {
  const names = (known: readonly string[]): string => {
    const more = known.length > FIELDS_SHOWN ? ', ...' : '';
    return `${known.slice(0, FIELDS_SHOWN).join(', ')}${more}`;
  };
  const { l10n } = vscode;
  switch (problem.kind) {
    case 'field-missing':
      return l10n.t('No row has the field {0}. There are: {1}', problem.field, names(problem.known));
    case 'no-prompt':
      return l10n.t('No field looks like a prompt: name one. There are: {0}', names(problem.known));
    case 'no-response':
      return l10n.t(
        'No field looks like a response: name one, or set responses. There are: {0}',
        names(problem.known),
      );
    case 'response-null':
      return l10n.t('Responses come from the dataset, but its response field is null.');
    case 'filter-empty':
      return l10n.t('No row matches. Values are compared exactly.');
    case 'no-rows':
      return l10n.t('There are no rows.');
    case 'too-few-rows':
      return l10n.t(
        'There are {0} rows to draw from, and sampling.count asks for {1}.',
        problem.matched,
        problem.wanted,
      );
  }
}
