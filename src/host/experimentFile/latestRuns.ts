/** The newest runs of the catalog, opened one after the other only until what is looked for is found. */
import type { RunOverview } from '../runCatalog';

/** Opened at most: what is older is in the Runs view. */
const MOST_OPENED = 200;

export interface RunSource {
  seen(): Promise<{ readonly entries: readonly { readonly path: string }[] }>;
  index(): Promise<{ overview(runDir: string): Promise<RunOverview | null> }>;
}

export class LatestRuns {
  constructor(private readonly catalog: RunSource) {}

  /** Newest first. */
  async *newestFirst(): AsyncGenerator<RunOverview> {
    const { entries } = await this.catalog.seen();
    const index = await this.catalog.index();
    for (const { path } of entries.slice(0, MOST_OPENED)) {
      const run = await index.overview(path);
      if (run) yield run;
    }
  }
}
