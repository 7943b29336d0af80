/**
 * work/progress.json: how far the process is that computes a run, for windows that did not start it. It goes with
 * work/, belongs to no result and is never hashed. Written without fsync: after a crash nobody needs it.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import type { RunProgress } from '../protocol/engine';
import { temporaryPath } from './atomicFile';

const EVERY_MS = 500;
/** Ours have some 250 bytes; a folder from elsewhere may hold anything. */
const MOST_BYTES = 4096;

const count = z.int().gte(0);
const progressSchema = z.object({
  phase: z.enum(['preparing', 'answers', 'forward', 'head', 'backward', 'sweep', 'adapter', 'writing']),
  layer: count.nullable(),
  layers: count,
  batch: count,
  batches: count,
  fraction: z.number().gte(0).lte(1),
  secondsLeft: z.number().gte(0).nullable(),
  message: z.string().max(300),
});

const progressFile = (runDir: string): string => path.join(runDir, 'work', 'progress.json');

/** Null where the run says nothing, or nothing that can be understood. Whether it still runs, its lock tells. */
export async function readRunProgress(runDir: string): Promise<RunProgress | null> {
  try {
    const file = progressFile(runDir);
    const found = await stat(file);
    if (!found.isFile() || found.size > MOST_BYTES) return null;
    const parsed = progressSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? { runDir, ...parsed.data } : null;
  } catch {
    return null;
  }
}

/** Keeps the file up to date without making the run wait; whatever fails is of no consequence. */
export class RunProgressWriter {
  #latest: RunProgress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(private readonly runDir: string) {}

  note(progress: RunProgress): void {
    if (this.#isClosed) return;
    this.#latest = progress;
    if (this.#timer === undefined) this.#write();
  }

  /** Nothing is written once this has settled: work/ can be removed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#writing;
  }

  #write(): void {
    // The reader knows where it reads.
    const text = JSON.stringify({ ...this.#latest, runDir: undefined });
    this.#latest = undefined;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#latest) this.#write();
    }, EVERY_MS);
    this.#timer.unref();
    this.#writing = this.#writing.then(() => replace(progressFile(this.runDir), text));
  }
}

/** Renamed into place, so that no reader sees half a line. */
async function replace(file: string, text: string): Promise<void> {
  const temporary = temporaryPath(file);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}
