import { datasetInvalid, TEXT_FIELD, type DatasetFormat, type Row } from './datasetFormat';
import { splitLines } from './decodeText';

/** One JSON object or string a line; blank lines are passed over. */
export const jsonl: DatasetFormat = {
  name: 'JSONL',
  endings: ['.jsonl', '.ndjson'],
  async *read(file) {
    for await (const line of splitLines(file)) {
      if (line.text.trim() !== '') yield parseRow(line.text, file, line.number);
    }
  },
};

function parseRow(text: string, file: string, line: number): Row {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw datasetInvalid(file, `line ${line} is not JSON`, 'Put one JSON object on every line.');
  }
  if (typeof value === 'string') return { [TEXT_FIELD]: value };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  throw datasetInvalid(file, `line ${line} holds no JSON object`, 'Put one JSON object on every line.');
}
