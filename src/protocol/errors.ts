/**
 * The one error type that crosses process boundaries. `kind` fixes the exit status of the command line
 * (docs: 2 usage, 3 input, 4 engine, 130 cancelled), `code` is a stable kebab-case name for tests and scripts,
 * `message` says what is wrong with which file, field or line, and `mend` says in one line how to put it right.
 */
export type ErrorKind = 'usage' | 'input' | 'engine' | 'cancelled';

export const EXIT_STATUS: Readonly<Record<ErrorKind, number>> = {
  usage: 2,
  input: 3,
  engine: 4,
  cancelled: 130,
};

export interface ErrorData {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
  readonly mend: string;
}

/** Errors come from another process: nothing is believed before this check. */
export function isErrorData(data: unknown): data is ErrorData {
  if (typeof data !== 'object' || data === null) return false;
  const { kind, ...texts } = data as Readonly<Record<string, unknown>>;
  const areTexts = [texts.code, texts.message, texts.mend].every((text) => typeof text === 'string');
  return areTexts && typeof kind === 'string' && Object.hasOwn(EXIT_STATUS, kind);
}

export class ToolError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly mend: string;

  constructor(kind: ErrorKind, code: string, message: string, mend: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ToolError';
    this.kind = kind;
    this.code = code;
    this.mend = mend;
  }

  toData(): ErrorData {
    return { kind: this.kind, code: this.code, message: this.message, mend: this.mend };
  }

  static fromData(data: ErrorData): ToolError {
    return new ToolError(data.kind, data.code, data.message, data.mend);
  }

  /**
   * Anything thrown, as a ToolError. A file system that refuses is the user's to mend; whatever else is not a
   * ToolError already is a fault of ours, so an engine failure.
   */
  static from(thrown: unknown): ToolError {
    if (thrown instanceof ToolError) return thrown;
    const refusal = fileSystemRefusal(thrown);
    if (refusal) return refusal;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new ToolError('engine', 'internal', message, 'Please report this with the log.', {
      cause: thrown,
    });
  }
}

/** Wrong command line or experiment file (exit status 2). */
export const usageError = (code: string, message: string, mend: string): ToolError =>
  new ToolError('usage', code, message, mend);

/** A model, dataset or run that cannot be used (exit status 3). */
export const inputError = (code: string, message: string, mend: string): ToolError =>
  new ToolError('input', code, message, mend);

/** The engine failed (exit status 4). */
export const engineError = (code: string, message: string, mend: string): ToolError =>
  new ToolError('engine', code, message, mend);

const NO_SPACE = new Set(['ENOSPC', 'EDQUOT']);
const NO_ACCESS = new Set(['EACCES', 'EPERM', 'EROFS', 'EEXIST', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG']);

/** Errors of Node's file functions, known by their code; those about one file carry its path. */
function fileSystemRefusal(thrown: unknown): ToolError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  const code = String(thrown.code);
  if (NO_SPACE.has(code)) {
    return new ToolError(
      'input',
      'disk-full',
      `The disk is full: ${thrown.message}.`,
      'Free some space; a run that had begun can be resumed.',
      { cause: thrown },
    );
  }
  if (!NO_ACCESS.has(code) || !('path' in thrown)) return undefined;
  return new ToolError(
    'input',
    'file-access',
    `A file or folder cannot be used: ${thrown.message}.`,
    'Check that path and its rights, or name another place.',
    { cause: thrown },
  );
}

export const cancelledError = (): ToolError =>
  new ToolError('cancelled', 'cancelled', 'Cancelled.', 'Go on with --resume and the run directory.');
