/** Previews of datasets, each asked for once and kept while its files stay as they are. */
import type { DatasetPreview, PreviewDatasetParams } from '../../protocol/engine';

export interface PreviewSource {
  ask(params: PreviewDatasetParams): Promise<DatasetPreview>;
  /** Changes when a file does; of files that are gone too. */
  stamp(files: readonly string[]): Promise<string>;
  now(): number;
}

interface Entry {
  readonly preview: Promise<DatasetPreview>;
  readonly askedAtMs: number;
  /** null where it has failed, or not answered yet. */
  stamp: string | null;
}

/** Asked again at once, it is the same user looking at the same thing. */
const FRESH_MS = 2_000;
/** A glob may match more files than it did. */
const GLOB_MS = 15_000;
const MOST_KEPT = 64;

export class PreviewCache {
  readonly #entries = new Map<string, Entry>();
  /** One after the other: a window that opens an experiment of twenty sets must not read all of them at once. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly source: PreviewSource) {}

  /** @throws ToolError what the engine says of the dataset, or of itself */
  async get(params: PreviewDatasetParams): Promise<DatasetPreview> {
    const key = JSON.stringify(params);
    const known = this.#entries.get(key);
    if (known && (await this.#isValid(known, params))) return known.preview;
    // Another call may have asked while the files' times were read.
    const other = this.#entries.get(key);
    return other && other !== known ? other.preview : this.#ask(key, params);
  }

  async #isValid({ preview, stamp, askedAtMs }: Entry, { path }: PreviewDatasetParams): Promise<boolean> {
    const ageMs = this.source.now() - askedAtMs;
    if (ageMs < FRESH_MS) return true;
    if (stamp === null || (ageMs > GLOB_MS && path.some((one) => /[*?]/.test(one)))) return false;
    return (await this.source.stamp((await preview).files)) === stamp;
  }

  #ask(key: string, params: PreviewDatasetParams): Promise<DatasetPreview> {
    const preview = this.#last.then(() => this.source.ask(params));
    const entry: Entry = { preview, askedAtMs: this.source.now(), stamp: null };
    this.#last = preview.then(
      async ({ files }) => {
        entry.stamp = await this.source.stamp(files);
      },
      () => undefined,
    );
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_KEPT && oldest !== undefined) this.#entries.delete(oldest);
    return preview;
  }
}
