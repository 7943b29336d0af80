/** A table before it is text: what the plain, Markdown and LaTeX writers share. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  /** As many cells a row as `head` has. The first column holds names, the others numbers. */
  readonly rows: readonly (readonly string[])[];
  /** One sentence below the table. */
  readonly note?: string;
}

/** Tables of one method, below one heading. */
export interface TableSection {
  readonly heading: string;
  readonly tables: readonly Table[];
}
