import { basename, extname } from 'node:path';
import { inputError } from '../../../protocol/errors';
import type { DatasetFormat } from './datasetFormat';
import { csv, tsv } from './delimited';
import { json } from './json';
import { jsonl } from './jsonl';
import { parquet } from './parquet';
import { txt } from './txt';
import { xlsx } from './xlsx';

/** The only list of formats. */
export const datasetFormats: readonly DatasetFormat[] = [csv, tsv, json, jsonl, txt, parquet, xlsx];

const byEnding = new Map(
  datasetFormats.flatMap((format) => format.endings.map((ending) => [ending, format])),
);

export const hasKnownEnding = (file: string): boolean => byEnding.has(extname(file).toLowerCase());

/** @throws input error `dataset-unknown-ending` */
export function formatOf(file: string): DatasetFormat {
  const format = byEnding.get(extname(file).toLowerCase());
  if (format) return format;
  throw inputError(
    'dataset-unknown-ending',
    `${file}: the ending of '${basename(file)}' names no known format.`,
    `Use one of ${[...byEnding.keys()].join(' ')}.`,
  );
}
