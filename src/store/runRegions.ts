/** Which regions a run has, and how they are opened. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ToolError, inputError } from '../protocol/errors';
import { RegionFile } from './regionFile';
import { resumeMend } from './resumeMend';
import type { RunDirectory } from './runDirectory';

/** Names of folders become keys and headings: a run from elsewhere may have others. */
const METHOD_FOLDER = /^[A-Za-z][\w-]{0,63}$/;

/** Those of the experiment in its order, then what they left beside them, such as nlsr-gaugefree. */
export async function regionMethods(run: RunDirectory): Promise<string[]> {
  const asked = run.manifest.experiment.methods.map(({ method }): string => method);
  const folders = await readdir(run.file('regions'), { withFileTypes: true }).catch(() => []);
  const found = folders
    .filter((entry) => entry.isDirectory() && METHOD_FOLDER.test(entry.name))
    .map(({ name }) => name);
  return [...new Set([...asked, ...found.sort()])];
}

/** What reports call a region: RUN/ID where there are several runs. */
export const regionId = (run: RunDirectory, dataset: string, prefixed: boolean): string =>
  prefixed ? `${path.basename(run.path)}/${dataset}` : dataset;

/** Below the run's folder. */
export const regionRelative = (method: string, dataset: string): string =>
  `regions/${method}/${dataset}.safetensors`;

/** @throws ToolError region-missing, and the codes of `RegionFile.open` */
export async function openRegion(
  run: RunDirectory,
  method: string,
  dataset: string,
  options: { readonly isHashed?: boolean } = {},
): Promise<RegionFile> {
  const origin = run.file(regionRelative(method, dataset));
  return RegionFile.open(origin, options).catch((thrown: unknown) => {
    if (!(thrown instanceof ToolError) || thrown.code !== 'safetensors-not-found') throw thrown;
    const message = `${origin} does not exist: the run is not finished.`;
    throw inputError('region-missing', message, resumeMend(run.path));
  });
}
