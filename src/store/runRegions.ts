/** Which regions a run has, and how they are opened. */
import { readdir } from 'node:fs/promises';
import { ToolError, inputError } from '../protocol/errors';
import { RegionFile } from './regionFile';
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

export const regionPath = (run: RunDirectory, method: string, dataset: string): string =>
  run.file('regions', method, `${dataset}.safetensors`);

/** @throws ToolError region-missing, and the codes of `RegionFile.open` */
export async function openRegion(run: RunDirectory, method: string, dataset: string): Promise<RegionFile> {
  const origin = regionPath(run, method, dataset);
  return RegionFile.open(origin).catch((thrown: unknown) => {
    if (!(thrown instanceof ToolError) || thrown.code !== 'safetensors-not-found') throw thrown;
    const mend = `Go on with: safety-region identify --resume ${run.path}`;
    throw inputError('region-missing', `${origin} does not exist: the run is not finished.`, mend);
  });
}
