import { readFile, stat } from 'node:fs/promises';
import { Unzip, UnzipInflate } from 'fflate';
import { readSheet } from 'read-excel-file/node';
import {
  columnNames,
  datasetInvalid,
  datasetTooLarge,
  reasonOf,
  rowOf,
  type DatasetFormat,
} from './datasetFormat';
import { valueText } from './fieldPath';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
/** Sum over the archive: a small file may unpack to a very large one, and the reader takes eight times that in memory. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;
/** Of the packed file at once: it unpacks to a thousand times that at most. */
const PIECE = 16 * 1024;

/** The first sheet; its first row names the fields. Cells are not trimmed; an empty cell is null. */
export const xlsx: DatasetFormat = {
  name: 'XLSX',
  endings: ['.xlsx'],
  async *read(file) {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES)
      throw datasetTooLarge(file, `it has ${size} bytes, more than ${MAX_FILE_BYTES}`);
    const content = await readFile(file);
    if (isTooLarge(content, file)) {
      throw datasetTooLarge(file, `it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
    }
    const [header = [], ...rows] = await sheetOf(content, file);
    const width = header.findLastIndex((cell) => cell !== null) + 1;
    const names = columnNames(header.slice(0, width).map((cell) => valueText(cell) ?? ''));
    for (const [i, cells] of rows.entries()) {
      const used = cells.findLastIndex((cell) => cell !== null) + 1;
      if (used > width) throw datasetInvalid(file, `row ${i + 2} has ${used} cells, the header has ${width}`);
      if (used > 0) yield rowOf(names, cells);
    }
  },
};

async function sheetOf(content: Buffer, file: string): Promise<readonly (readonly unknown[])[]> {
  try {
    return await readSheet(content, 1, { trim: false });
  } catch (thrown) {
    throw datasetInvalid(file, `it is not an XLSX file that can be read: ${reasonOf(thrown)}`);
  }
}

/**
 * Whether a ZIP unpacks to too much: it is unpacked for that, since what it says of itself may be a lie.
 * @throws input error `dataset-invalid`
 */
function isTooLarge(zip: Buffer, name: string): boolean {
  let total = 0;
  const unzip = new Unzip((file) => {
    // Of what is broken the reader says what is wrong.
    file.ondata = (_, data: Uint8Array | null) => {
      total += data?.length ?? 0;
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  try {
    for (let from = 0; from < zip.length && total <= MAX_UNPACKED_BYTES; from += PIECE) {
      unzip.push(zip.subarray(from, from + PIECE), from + PIECE >= zip.length);
    }
  } catch (thrown) {
    throw datasetInvalid(name, `it is not an XLSX file that can be read: ${reasonOf(thrown)}`);
  }
  return total > MAX_UNPACKED_BYTES;
}
