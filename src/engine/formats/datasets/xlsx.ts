import { readFile, stat } from 'node:fs/promises';
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
/** Sum over the archive, as its directory states it: a small file may unpack to a very large one. */
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;

/** The first sheet; its first row names the fields. Cells are not trimmed; an empty cell is null. */
export const xlsx: DatasetFormat = {
  name: 'XLSX',
  endings: ['.xlsx'],
  async *read(file) {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES)
      throw datasetTooLarge(file, `it has ${size} bytes, more than ${MAX_FILE_BYTES}`);
    const content = await readFile(file);
    const unpacked = unpackedBytes(content);
    if (unpacked === null) throw datasetInvalid(file, 'it is not an XLSX file');
    if (unpacked > MAX_UNPACKED_BYTES) throw datasetTooLarge(file, `it unpacks to ${unpacked} bytes`);
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

/** Walks the central directory of a ZIP file (APPNOTE 4.3.12, 4.3.16); null where there is none. */
function unpackedBytes(zip: Buffer): number | null {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + 22 > zip.length) return null;
  let offset = zip.readUInt32LE(end + 16);
  let total = 0;
  for (let entry = zip.readUInt16LE(end + 10); entry > 0; entry--) {
    if (offset + 46 > zip.length || zip.readUInt32LE(offset) !== 0x02014b50) return null;
    total += zip.readUInt32LE(offset + 24);
    offset +=
      46 + zip.readUInt16LE(offset + 28) + zip.readUInt16LE(offset + 30) + zip.readUInt16LE(offset + 32);
  }
  return total;
}
