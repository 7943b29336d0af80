/** One run's folder (CONTRACT section 4): the only code that knows where its files lie. */
import { randomBytes } from 'node:crypto';
import { appendFile, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { inputError } from '../protocol/errors';
import { manifestSchema, MANIFEST_VERSION, type Manifest } from '../core/run/manifest';
import { deriveRunState, type RunState } from '../core/run/runState';
import { isSafeRelativePath } from '../core/run/safeRelativePath';
import type { Sample } from '../core/run/sample';
import { summarySchema, SUMMARY_VERSION, type Summary, type SummaryContent } from '../core/run/summary';
import { ensureFolder, isTemporary, syncFolder, writeFileAtomic } from './atomicFile';
import { listFiles, sha256File } from './checksums';
import { exists } from './exists';
import { refuseLinks } from './refuseLinks';
import { resumeMend } from './resumeMend';
import { acquireRunLock, liveLockOwner, type RunLock } from './runLock';
import { runDirectoryName } from './runName';
import { readVersionedJson } from './versionedJson';

export interface RunDirectory {
  /** Absolute. */
  readonly path: string;
  readonly manifest: Manifest;
  /** Absolute path of a file inside, such as `file('regions', 'snip', 'D0.safetensors')`. */
  file(...parts: string[]): string;
  state(): Promise<RunState>;
  /**
   * Takes the lock (again: the same one) and returns its release.
   * @param socket where the process can be reached, for the lock to say
   * @throws input errors `run-locked`, and `run-damaged` where the run has symbolic links
   */
  acquireLock(socket?: string | null): Promise<() => Promise<void>>;
  /** One line of events.jsonl; the time is added. Not to be called after `finish`. */
  appendEvent(event: Record<string, unknown>): Promise<void>;
  writeSamples(datasetId: string, samples: readonly Sample[]): Promise<void>;
  /** @throws input error `run-damaged` naming file and line */
  readSamples(datasetId: string, areFed?: boolean): Promise<Sample[]>;
  /** Hashes every file, writes summary.json last, and then removes work/. */
  finish(content: SummaryContent): Promise<Summary>;
  /**
   * @throws input error `run-unfinished` where the run is not done, `run-damaged`, `run-unreadable`
   */
  summary(): Promise<Summary>;
  /**
   * Compares checksums, of the files that `only` accepts (all, if left out). A run that is not done has none.
   * @param known checksums by absolute path, of files that have been read already
   * @throws input error `run-damaged` naming the first file that is missing or differs; `cancelled`
   */
  verify(
    only?: (relative: string) => boolean,
    signal?: AbortSignal,
    known?: ReadonlyMap<string, string>,
  ): Promise<void>;
  /** SHA-256 as summary.json has it, which `verify` compares; found from the file where the run is not done. */
  checksum(relative: string, signal?: AbortSignal): Promise<string>;
  /** Removes what an ended run no longer needs (a kill between summary.json and the clean-up leaves it). */
  removeWork(): Promise<void>;
}

/** Makes the folder with run.json in it; the caller holds its lock (`acquireLock` gives the release). */
export async function createRun(
  runsRoot: string,
  experimentName: string,
  manifest: Manifest,
  socket: string | null = null,
): Promise<RunDirectory> {
  await ensureFolder(runsRoot);
  const name = runDirectoryName(experimentName, new Date(manifest.createdAt), randomBytes(3).toString('hex'));
  const final = path.resolve(runsRoot, name);
  // Made under a hidden name and renamed: there is never a run without run.json, nor a new one without its lock.
  const hidden = path.resolve(runsRoot, `.${name}.new`);
  let lock: RunLock | undefined;
  try {
    await writeFileAtomic(path.join(hidden, 'run.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    lock = await acquireRunLock(path.join(hidden, 'lock'), socket);
    await rename(hidden, final);
    await syncFolder(path.dirname(final));
  } catch (error) {
    await lock?.release();
    await rm(hidden, { recursive: true, force: true });
    throw error;
  }
  return openDirectory(final, manifest, lock);
}

/**
 * @param lock where the caller has it, or whoever it works for
 * @throws input errors `run-unreadable` (no run.json, or of another version) and `run-damaged`
 */
export async function openRun(directory: string, lock: RunLock | null = null): Promise<RunDirectory> {
  const absolute = path.resolve(directory);
  const manifest = await readVersionedJson(path.join(absolute, 'run.json'), manifestSchema, MANIFEST_VERSION);
  return openDirectory(absolute, manifest, lock);
}

/** `RunDirectory.state`, without opening the run. */
export async function runStateOf(directory: string): Promise<RunState> {
  const hasSummary = (): Promise<boolean> => exists(path.join(directory, 'summary.json'));
  if (await hasSummary()) return 'done';
  const lockIsLive = (await liveLockOwner(path.join(directory, 'lock'))) !== null;
  // Again: a run that ends between the two looks lets go of its lock after it has written its summary.
  return deriveRunState({ hasSummary: await hasSummary(), lockIsLive });
}

const sampleSchema = z
  .object({
    row: z.int().gte(1),
    tokenIds: z.array(z.int().gte(0)),
    responseStart: z.int().gte(1),
    truncated: z.boolean(),
    category: z.string().nullable(),
  })
  .refine(({ tokenIds, responseStart }) => responseStart <= tokenIds.length);

/** Not part of the result: never hashed. */
const isPassing = (relative: string): boolean =>
  ['work', 'lock', 'summary.json'].includes(relative) || isTemporary(relative);

function openDirectory(directory: string, manifest: Manifest, heldLock: RunLock | null): RunDirectory {
  let lock = heldLock;
  let eventsChecked = false;

  const file = (...parts: string[]): string => {
    if (!isSafeRelativePath(parts.join('/')))
      throw new Error(`not inside the run directory: ${parts.join('/')}`);
    return path.join(directory, ...parts);
  };
  const samplesFile = (datasetId: string): string => file('samples', `${datasetId}.jsonl`);
  const hasSummary = (): Promise<boolean> => exists(file('summary.json'));
  const damaged = (relative: string, what: string): Error =>
    inputError(
      'run-damaged',
      `${path.join(directory, relative)}: ${what}.`,
      'Restore the file, or run again.',
    );

  const run: RunDirectory = {
    path: directory,
    manifest,
    file,
    state: () => runStateOf(directory),
    async acquireLock(socket = null) {
      const mine = (lock ??= await acquireRunLock(file('lock'), socket));
      const release = async (): Promise<void> => {
        await mine.release(file('lock'));
        if (lock === mine) lock = null;
      };
      try {
        await refuseLinks(directory);
      } catch (error) {
        await release();
        throw error;
      }
      return release;
    },
    async appendEvent(event) {
      if (!eventsChecked) await endLastLine(file('events.jsonl'));
      eventsChecked = true;
      await appendFile(
        file('events.jsonl'),
        `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`,
      );
    },
    async writeSamples(datasetId, samples) {
      const lines = samples.map(({ row, tokenIds, responseStart, truncated, category }) =>
        JSON.stringify({ row, tokenIds, responseStart, truncated, category }),
      );
      await writeFileAtomic(samplesFile(datasetId), lines.map((line) => `${line}\n`).join(''));
    },
    async readSamples(datasetId, areFed = true) {
      const relative = `samples/${datasetId}.jsonl`;
      if (!(await exists(samplesFile(datasetId)))) throw damaged(relative, 'is missing');
      const lines = (await readFile(samplesFile(datasetId), 'utf8'))
        .split('\n')
        .filter((line) => line !== '');
      return lines.map((line, i) => {
        const sample = parseSample(line);
        if (!sample || (areFed && sample.responseStart === sample.tokenIds.length)) {
          throw damaged(relative, `line ${i + 1} is not a sample`);
        }
        return sample;
      });
    },
    async finish(content) {
      for (const left of await listFiles(directory, (name) => name === 'work')) {
        if (isTemporary(left)) await rm(file(left), { force: true });
      }
      const files: Record<string, string> = {};
      for (const relative of await listFiles(directory, isPassing))
        files[relative] = await sha256File(file(relative));
      const summary: Summary = {
        schemaVersion: SUMMARY_VERSION,
        finishedAt: new Date().toISOString(),
        ...content,
        files,
      };
      await writeFileAtomic(file('summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
      // The run is done, whatever becomes of the rest: an error here would have the caller note it as stopped.
      await run.removeWork().catch(() => undefined);
      return summary;
    },
    async summary() {
      if (!(await hasSummary())) {
        const state = await run.state();
        const mend = state === 'running' ? 'Wait until it is done.' : resumeMend(directory);
        throw inputError('run-unfinished', `${directory} is ${state}: it has no summary.json yet.`, mend);
      }
      return readVersionedJson(file('summary.json'), summarySchema, SUMMARY_VERSION);
    },
    async verify(only = () => true, signal, known = new Map()) {
      if (!(await hasSummary())) return;
      const { files } = await run.summary();
      for (const [relative, expected] of Object.entries(files)) {
        if (!only(relative)) continue;
        if (!(await exists(file(relative)))) throw damaged(relative, 'is missing');
        const found = known.get(file(relative)) ?? (await sha256File(file(relative), signal));
        if (found !== expected) throw damaged(relative, 'its SHA-256 is not the one in summary.json');
      }
    },
    async checksum(relative, signal) {
      const known = (await hasSummary()) ? (await run.summary()).files[relative] : undefined;
      return known ?? sha256File(file(relative), signal);
    },
    removeWork: () => rm(file('work'), { recursive: true, force: true }),
  };
  return run;
}

function parseSample(line: string): Sample | null {
  try {
    const parsed = sampleSchema.safeParse(JSON.parse(line));
    return parsed.success && parsed.data.responseStart <= parsed.data.tokenIds.length ? parsed.data : null;
  } catch {
    return null;
  }
}

/** A kill may have cut the last line: the next event must not be glued to it. */
async function endLastLine(file: string): Promise<void> {
  if (!(await exists(file))) return;
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    if (size === 0) return;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] !== 0x0a) await handle.write('\n', size);
  } finally {
    await handle.close();
  }
}
