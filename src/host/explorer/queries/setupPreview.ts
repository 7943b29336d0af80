import type { DatasetPreview } from '../../../protocol/engine';
import type { SetupPreview } from '../../../protocol/explorer/setup';
import type { QueryHandler } from './queryHandler';

const COLUMNS = 6;

export const setupPreview: QueryHandler<'setupPreview'> = async ({ of }, { setup }) => {
  const preview = setup ? await setup.preview(of) : null;
  return { preview: preview && shown(preview) };
};

/** The detected fields first, then the others, as many as there is room for. */
function shown({ rows, matched, isComplete, detected, fields, firstRows }: DatasetPreview): SetupPreview {
  const { prompt, response, category } = detected;
  const known = new Set(fields);
  const first = [prompt, response, category].filter((field) => field !== null && known.has(field));
  const columns = [...new Set([...first, ...fields])].filter((field) => field !== null).slice(0, COLUMNS);
  return {
    ...{ rows, matched, isComplete, prompt, response, category, columns },
    firstRows: firstRows.map((row) =>
      columns.map((column) => (Object.hasOwn(row, column) ? (row[column] ?? null) : null)),
    ),
  };
}
