/** The catalog's runs, read once a change, however often lenses and hovers ask. */
import type * as vscode from 'vscode';
import type { RunCatalog, RunOverview } from '../runCatalog';

export class LatestRuns implements vscode.Disposable {
  #runs: Promise<readonly RunOverview[]> | undefined;
  readonly #watch: vscode.Disposable;

  constructor(private readonly catalog: Pick<RunCatalog, 'list' | 'onDidChange'>) {
    this.#watch = catalog.onDidChange(() => {
      this.#runs = undefined;
    });
  }

  /** Newest first. */
  list(): Promise<readonly RunOverview[]> {
    return (this.#runs ??= this.catalog.list());
  }

  dispose(): void {
    this.#watch.dispose();
  }
}
