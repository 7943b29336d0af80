import { Readable, pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ToolError } from '../../../protocol/errors';
import {
  columnNames,
  datasetInvalid,
  MAX_RECORD_BYTES,
  reasonOf,
  rowOf,
  type DatasetFormat,
  type Row,
} from './datasetFormat';
import { decodeText } from './decodeText';

export const csv: DatasetFormat = {
  name: 'CSV',
  endings: ['.csv'],
  read: (file) => readDelimited(file, ','),
};

export const tsv: DatasetFormat = {
  name: 'TSV',
  endings: ['.tsv'],
  read: (file) => readDelimited(file, '\t'),
};

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** RFC 4180, streamed: quoted cells over several lines, doubled quotes, LF or CRLF; cells are not trimmed. */
async function* readDelimited(file: string, delimiter: string): AsyncGenerator<Row> {
  const parser = parse({
    delimiter,
    info: true,
    max_record_size: MAX_RECORD_BYTES,
    record_delimiter: ['\r\n', '\n'],
    // Counted here instead, to name both the line and the header.
    relax_column_count: true,
    skip_empty_lines: true,
  });
  pipeline(Readable.from(decodeText(file)), parser, () => undefined);
  let names: readonly string[] | null = null;
  // `info.lines` is the line a record ends on; a record starts after the one before it.
  let previous = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      if (names === null) {
        names = columnNames(record);
      } else if (record.length === names.length) {
        yield rowOf(names, record);
      } else {
        const where =
          previous + 1 === info.lines ? `line ${info.lines}` : `lines ${previous + 1}-${info.lines}`;
        throw datasetInvalid(
          file,
          `${where}: the row has ${record.length} cells, the header has ${names.length}`,
          `Quote cells that hold a ${delimiter === ',' ? 'comma' : 'tab'}, a quote or a line break.`,
        );
      }
      previous = info.lines;
    }
  } catch (thrown) {
    if (thrown instanceof ToolError) throw thrown;
    const line =
      thrown instanceof CsvError && typeof thrown.lines === 'number' ? `line ${thrown.lines}: ` : '';
    throw datasetInvalid(file, line + reasonOf(thrown).replace(/\.$/, ''));
  }
}
