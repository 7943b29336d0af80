/** The list of datasets to tick: those of the experiment, and the workspace's files that are not in it. Pure. */
import type { SetupDataset } from '../../../src/protocol/explorer/setup';

export interface DatasetRow {
  /** The same while a file is ticked and unticked; rows of one key have one label. */
  readonly key: string;
  /** Files and globs, for people. */
  readonly label: string;
  /** Its place in the experiment; null: not in it. */
  readonly entry: { readonly index: number; readonly dataset: SetupDataset } | null;
  /** The one file that it is; null where it is several, or elsewhere. */
  readonly file: string | null;
}

/**
 * One row an entry, and one a file that no entry is about, in the order of the files; first what is none of them.
 * @param files sorted, named as the experiment would
 */
export function datasetRows(datasets: readonly SetupDataset[], files: readonly string[]): DatasetRow[] {
  const known = new Set(files);
  const entries = datasets.map((dataset, index) => {
    const [only, ...more] = dataset.paths.map((one) => one.replace(/^\.\//, ''));
    const file = only !== undefined && more.length === 0 && known.has(only) ? only : null;
    return { dataset, index, file };
  });
  const elsewhere = entries.filter(({ file }) => file === null);
  const seen = new Map<string, number>();
  return [
    ...elsewhere.map(({ dataset, index }) => {
      const label = dataset.paths.join(', ');
      const nth = seen.get(label) ?? 0;
      seen.set(label, nth + 1);
      return { key: `elsewhere ${nth} ${label}`, label, entry: { dataset, index }, file: null };
    }),
    ...files.flatMap((file): DatasetRow[] => {
      const own = entries.filter((entry) => entry.file === file);
      if (own.length === 0) return [{ key: file, label: file, entry: null, file }];
      return own.map(({ dataset, index }, i) => ({
        key: i === 0 ? file : `${file} ${i}`,
        label: file,
        entry: { dataset, index },
        file,
      }));
    }),
  ];
}
