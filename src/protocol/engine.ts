/** What the engine process can be asked, by the command line and by the extension host alike. */
export type ProviderName = 'auto' | 'cpu' | 'cuda' | 'webgpu' | 'dml' | 'coreml';

/** What a run does whose provider fails in it: goes on with the next one that works, or stops. */
export type ProviderFailurePolicy = 'next' | 'stop';

export interface IdentifyParams {
  /** Absolute path of a *.safety-region.json. Left out only with `resumeDir`. */
  readonly experimentPath?: string;
  /** Folder that holds runs; default `.safety-region/runs` beside the experiment file. */
  readonly outDir?: string;
  /** Absolute path of an interrupted run to go on with. */
  readonly resumeDir?: string;
  /** These override the experiment's `engine` settings. */
  readonly provider?: ProviderName;
  readonly threads?: number;
  readonly onProviderFailure?: ProviderFailurePolicy;
  readonly keepScores?: boolean;
  /** The user's yes to a run that needs more memory than is free; a budget of the experiment holds all the same. */
  readonly allowMemoryShortage?: boolean;
  /**
   * The user's yes to a judge's endpoint, and its key, which goes into no file, event or message. Without it nothing
   * is sent, and an experiment that names an endpoint is refused.
   */
  readonly judge?: { readonly endpoint: string; readonly key: string | null };
}

export interface IdentifyResult {
  /** Absolute path of the run directory. */
  readonly runDir: string;
  /** True where the run was complete already and nothing was done. */
  readonly wasComplete: boolean;
}

export type RunPhase =
  'preparing' | 'answers' | 'forward' | 'head' | 'backward' | 'sweep' | 'adapter' | 'writing';

export interface RunProgress {
  readonly runDir: string | null;
  readonly phase: RunPhase;
  /** 0-based layer now worked on, null outside the layer phases. */
  readonly layer: number | null;
  readonly layers: number;
  /** 0-based micro-batch within the layer, and their number. */
  readonly batch: number;
  readonly batches: number;
  /** Share of the whole run's arithmetic that is done, 0..1. */
  readonly fraction: number;
  readonly secondsLeft: number | null;
  /** One line for people, such as 'backward, layer 12 of 30'. */
  readonly message: string;
}

export interface EstimateParams extends IdentifyParams {
  /** What the file at `experimentPath` is going to say; left out: what it says. */
  readonly experimentText?: string;
}

export interface RunEstimate {
  readonly parameters: number;
  readonly tokens: number;
  /** Multiply-add pairs count as two operations. */
  readonly operations: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly availableMemoryBytes: number;
  readonly availableDiskBytes: number;
  /** Datasets that share one pass over the model's layers; several groups where the disk budget asks for it. */
  readonly groups: readonly (readonly string[])[];
}

export interface TimedEstimate extends RunEstimate {
  /** A guide, from the speed of this machine at this moment: docs/benchmarks.md compares it with runs. */
  readonly seconds: number;
}

export interface ProviderVerdict {
  readonly name: ProviderName;
  readonly usable: boolean;
  /** Why not, or what was checked. */
  readonly detail: string;
  /** Times as fast as the CPU when it was tried; null where that was not found out. */
  readonly speedup: number | null;
}

/** What is known without trying anything. */
export interface KnownProviders {
  /** What `auto` would take; null where that has to be tried first. */
  readonly auto: ProviderName | null;
  /** The CPU first. */
  readonly providers: readonly KnownProvider[];
}

export interface KnownProvider {
  readonly name: ProviderName;
  /** ONNX Runtime has it on this system. */
  readonly isHere: boolean;
  /** `auto` may take it; the others are for who names them. */
  readonly isAutomatic: boolean;
  /** When it was tried last, ISO 8601; null: not lately. */
  readonly found: (Pick<ProviderVerdict, 'usable' | 'detail'> & { readonly at: string }) | null;
}

export interface DoctorReport {
  readonly versions: Readonly<Record<string, string>>;
  readonly providers: readonly ProviderVerdict[];
  readonly cores: number;
  readonly totalMemoryBytes: number;
  readonly availableMemoryBytes: number;
  readonly architectures: readonly string[];
}

export interface PreviewDatasetParams {
  /** Files, globs or both, as an experiment's `path`. */
  readonly path: readonly string[];
  /** Absolute folder that they are relative to. */
  readonly baseDir: string;
  /** Field -> values of which a row has one, for all fields; left out: all rows match. */
  readonly where?: Readonly<Record<string, readonly DatasetValue[]>>;
  /** Fields or JSON paths to look for in all rows. */
  readonly expected?: readonly string[];
}

export type DatasetValue = string | number | boolean | null;

export interface DetectedFields {
  readonly prompt: string | null;
  readonly response: string | null;
  readonly category: string | null;
  /** Other fields that could have been the prompt, best first. */
  readonly otherPrompts: readonly string[];
}

/** The values of one field of a dataset that has few of them. */
export interface FieldValues {
  readonly field: string;
  /** Most frequent first. */
  readonly values: readonly { readonly value: DatasetValue; readonly rows: number }[];
}

/** What a dataset holds, for a user who is choosing its fields. All texts are those of the files: hostile until escaped. */
export interface DatasetPreview {
  /** Absolute, and only the first of many. */
  readonly files: readonly string[];
  readonly fileCount: number;
  /** Names and JSON paths, `$file` and its like included. */
  readonly fields: readonly string[];
  readonly detected: DetectedFields;
  readonly rows: number;
  /** Rows that `where` lets through. */
  readonly matched: number;
  /** Of the expected fields, those that no row has. */
  readonly absent: readonly string[];
  /** False where reading stopped before the last row: there are more rows, and perhaps more fields and values. */
  readonly isComplete: boolean;
  /** Of those that `where` lets through: field -> text, cut. */
  readonly firstRows: readonly Readonly<Record<string, string | null>>[];
  /** Of the fields that have few different values: categories, labels, splits. */
  readonly values: readonly FieldValues[];
}

/** For tests only. */
export interface LogitsParams {
  /** As an experiment names it, absolute. */
  readonly model: string;
  readonly tokenIds: readonly number[];
  /** Gets float32 values, row-major. */
  readonly outFile: string;
}

export interface LogitsResult {
  /** [tokens, vocabulary] */
  readonly shape: readonly number[];
}

export interface EngineCalls {
  /** One at a time: usage error `run-going-on` else. */
  identify: { params: IdentifyParams; result: IdentifyResult };
  /**
   * Joins the run that an earlier caller started and left: its events so far that still count, then all others and its
   * result; a cancel of this call cancels it. Usage error `no-run` where none goes on.
   */
  followRun: { params: null; result: IdentifyResult };
  estimate: { params: EstimateParams; result: TimedEstimate };
  doctor: { params: null; result: DoctorReport };
  /** `isToTry`: after all of them were tried, which takes seconds. */
  providers: { params: { readonly isToTry: boolean }; result: KnownProviders };
  previewDataset: { params: PreviewDatasetParams; result: DatasetPreview };
  logits: { params: LogitsParams; result: LogitsResult };
}

export interface EngineEvents {
  runStarted: { readonly runDir: string };
  progress: RunProgress;
  log: { readonly level: 'info' | 'warn' | 'error'; readonly message: string };
}
