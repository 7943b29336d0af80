/** A file as a dataset of an experiment: what it is called, and what its preview tells of its fields. Pure. */
import path from 'node:path';
import { datasetId, idFrom } from '../../core/run/datasetId';
import type { ExperimentFields } from '../../core/run/experiment';
import type { DatasetPreview, DatasetValue } from '../../protocol/engine';

export type DatasetFields = ExperimentFields['datasets'][number];

export interface Subset {
  readonly field: string;
  readonly value: DatasetValue;
}

/**
 * @param file absolute
 * @param folder absolute, of the experiment file
 * @param taken ids of the experiment's other sets; the new one differs from them in more than case
 * @param subset rows of one category only
 */
export function datasetEntry(
  file: string,
  { detected, values }: Pick<DatasetPreview, 'detected' | 'values'>,
  folder: string,
  taken: readonly string[],
  subset?: Subset,
): DatasetFields {
  const category = subset?.field ?? detected.category;
  const known = values.find(({ field }) => field === category)?.values.length ?? 0;
  const kind = subset ? 'single' : known > 1 ? 'multi' : undefined;
  const name = path.basename(file, path.extname(file));
  return {
    id: subset ? idFrom(`${name}-${String(subset.value)}`, taken) : datasetId(file, taken),
    path: pathFrom(folder, file),
    ...(detected.prompt !== null && { prompt: detected.prompt }),
    ...(detected.response !== null && { response: detected.response }),
    ...(category !== null && { category }),
    ...(subset && { where: { [subset.field]: subset.value } }),
    ...(kind && { kind }),
  };
}

/** As an experiment in `folder` names it: relative where it can be, with slashes on every system. */
export function pathFrom(folder: string, absolute: string): string {
  const relative = path.relative(folder, absolute) || '.';
  return (path.isAbsolute(relative) ? absolute : relative).split(path.sep).join('/');
}
