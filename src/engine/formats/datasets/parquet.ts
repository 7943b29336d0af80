import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { ToolError } from '../../../protocol/errors';
import { datasetInvalid, datasetTooLarge, reasonOf, type DatasetFormat, type Row } from './datasetFormat';

/** Rows are decoded a row group at a time. */
const MAX_GROUP_BYTES = 1024 * 1024 * 1024;

export const parquet: DatasetFormat = {
  name: 'Parquet',
  endings: ['.parquet', '.parq', '.pq'],
  async *read(path) {
    try {
      const file = await asyncBufferFromFile(path);
      const metadata = await parquetMetadataAsync(file);
      let rowStart = 0;
      for (const group of metadata.row_groups) {
        if (group.total_byte_size > MAX_GROUP_BYTES) {
          throw datasetTooLarge(path, `a row group has ${group.total_byte_size} bytes`);
        }
        const rowEnd = rowStart + Number(group.num_rows);
        const rows: readonly Row[] = await parquetReadObjects({
          file,
          metadata,
          compressors,
          rowStart,
          rowEnd,
        });
        yield* rows;
        rowStart = rowEnd;
      }
    } catch (thrown) {
      if (thrown instanceof ToolError) throw thrown;
      throw datasetInvalid(path, `it is not a Parquet file that can be read: ${reasonOf(thrown)}`);
    }
  },
};
