/** The newest runs of the catalog, opened one after the other only until what is looked for is found. */
import type * as vscode from 'vscode';
import type { RunOverview } from '../runCatalog';

/** Opened at most: what is older is in the Runs view. */
const MOST_OPENED = 200;

export interface RunSource {
  onDidChange(listener: () => void): { dispose(): unknown };
  entries(): Promise<readonly { readonly path: string }[]>;
  index(): Promise<{ overview(runDir: string): Promise<RunOverview | null> }>;
}

export class LatestRuns implements vscode.Disposable {
  #entries: ReturnType<RunSource['entries']> | undefined;
  readonly #watch: { dispose(): unknown };

  constructor(private readonly catalog: RunSource) {
    this.#watch = catalog.onDidChange(() => {
      this.#entries = undefined;
    });
  }

  /** Newest first. */
  async *newestFirst(): AsyncGenerator<RunOverview> {
    const asked = (this.#entries ??= this.catalog.entries());
    // What could not be read now may be readable when asked for again.
    asked.catch(() => (this.#entries = undefined));
    const index = await this.catalog.index();
    for (const { path } of (await asked).slice(0, MOST_OPENED)) {
      const run = await index.overview(path);
      if (run) yield run;
    }
  }

  dispose(): void {
    this.#watch.dispose();
  }
}
