/** How far a run is that goes on, in whatever process, and what it has written so far. */
import { readdir } from 'node:fs/promises';
import { findMethod } from '../core/methods/registry';
import { runPhases } from '../core/run/runPhases';
import type { RunPhase, RunProgress } from '../protocol/engine';
import type { RunDirectory } from './runDirectory';
import { readRunProgress } from './runProgress';
import { regionMethods } from './runRegions';

export interface LiveRun {
  readonly phases: readonly RunPhase[];
  /** null where it says nothing yet. */
  readonly progress: RunProgress | null;
  /** Of each dataset, utility last. */
  readonly written: readonly {
    readonly dataset: string;
    readonly samples: boolean;
    /** Methods whose region of it is there. */
    readonly regions: readonly string[];
  }[];
  /** Methods all of whose regions are there. */
  readonly finished: readonly string[];
}

export async function readLiveRun(run: RunDirectory): Promise<LiveRun> {
  const { experiment } = run.manifest;
  const { datasets, utility } = experiment;
  const ids = [...datasets, ...(utility ? [utility] : [])].map(({ id }) => id);
  const methods = await regionMethods(run);
  const samples = await namesIn(run.file('samples'));
  const regions = await Promise.all(
    methods.map(async (method) => ({ method, files: await namesIn(run.file('regions', method)) })),
  );
  const has = (files: ReadonlySet<string>, id: string): boolean => files.has(`${id}.safetensors`);
  return {
    phases: runPhases(experiment),
    progress: await readRunProgress(run.path),
    written: ids.map((id) => ({
      dataset: id,
      samples: samples.has(`${id}.jsonl`),
      regions: regions.filter(({ files }) => has(files, id)).map(({ method }) => method),
    })),
    finished: regions
      .filter(({ method, files }) => {
        // The utility set is one side of every cosine curve and gets no interval.
        const wanted = findMethod(method)?.payload === 'layers' ? datasets.map(({ id }) => id) : ids;
        return wanted.every((id) => has(files, id));
      })
      .map(({ method }) => method),
  };
}

const namesIn = async (folder: string): Promise<ReadonlySet<string>> =>
  new Set(await readdir(folder).catch(() => []));
