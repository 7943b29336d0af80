import { ToolError } from '../protocol/errors';
import type { RegionFile } from './regionFile';
import type { RunDirectory } from './runDirectory';

/** Checksums of files that have been read, for the check at the end. */
export interface ReadFiles {
  /** To be called when nothing more is read of a file that was opened with `isHashed`. */
  note(file: RegionFile): Promise<void>;
}

/**
 * Reads files of runs and compares their checksums in the same pass, so that nothing comes of a damaged one. Where
 * reading fails for what is in the files, they are hashed in full: that one of them is damaged says more than what came of
 * it.
 * @param only which files of each run are compared: those that `read` reads, at least
 * @throws ToolError run-damaged, cancelled, and what `read` throws
 */
export async function verifiedReading<T>(
  runs: readonly RunDirectory[],
  only: (relative: string) => boolean,
  signal: AbortSignal | undefined,
  read: (files: ReadFiles) => Promise<T>,
): Promise<T> {
  const known = new Map<string, string>();
  const verify = async (sums?: ReadonlyMap<string, string>): Promise<void> => {
    for (const run of runs) await run.verify(only, signal, sums);
  };
  const note = async (file: RegionFile): Promise<void> => {
    known.set(file.path, await file.sha256(signal));
  };
  const result = await read({ note }).catch(async (thrown: unknown) => {
    if (ToolError.from(thrown).kind === 'input') await verify();
    throw thrown;
  });
  await verify(known);
  return result;
}
