/** What a command may touch of the process; a test gives its own. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CliIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly cwd: string;
  /** What a shell in `cwd` calls this program: `safety-region` where it was installed. */
  readonly command: string;
  /** Absolute path of dist/engine.js. */
  readonly enginePath: string;
  /** Calls `listener` on Ctrl-C and the like; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
}

export interface Command {
  readonly name: string;
  /** The lines of `--help`. */
  readonly help: string;
  /** @throws ToolError, whose kind becomes the exit status */
  run(args: string[], io: CliIo): Promise<void>;
}
