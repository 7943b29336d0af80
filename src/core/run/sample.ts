/** One (prompt, response) pair as it is fed: a line of samples/<datasetId>.jsonl. */
export interface Sample {
  /** Row number in the source, from 1. */
  readonly row: number;
  readonly tokenIds: readonly number[];
  /** Index into tokenIds of the first response token. */
  readonly responseStart: number;
  readonly truncated: boolean;
  readonly category: string | null;
}

export interface PreparedDataset {
  readonly id: string;
  /** Utility sets give U(p) with `utilityTopFraction`; identification sets give S(q). */
  readonly role: 'identification' | 'utility';
  readonly samples: readonly Sample[];
  /** What was chosen and seen while reading: goes into run.json as it is. */
  readonly report: DatasetReport;
}

/** Prompts that nothing is identified from and that are fed without a response: `responseStart` is their length. */
export interface PromptSet {
  readonly id: string;
  readonly use: 'overRejection' | 'control';
  readonly samples: readonly Sample[];
  readonly report: DatasetReport;
}

export interface DatasetReport {
  readonly files: readonly string[];
  readonly rows: number;
  /** Rows left by `where`. */
  readonly matched: number;
  readonly sampled: number;
  readonly duplicatePrompts: number;
  readonly truncated: number;
  readonly promptField: string;
  readonly responseField: string | null;
  readonly categoryField: string | null;
  /** True where the field was detected and not given. */
  readonly detected: boolean;
  readonly warnings: readonly string[];
}
