import { TEXT_FIELD, type DatasetFormat } from './datasetFormat';
import { splitLines } from './decodeText';

/** One prompt a line; blank lines are passed over. */
export const txt: DatasetFormat = {
  name: 'TXT',
  endings: ['.txt'],
  async *read(file) {
    for await (const { text } of splitLines(file)) {
      if (text.trim() !== '') yield { [TEXT_FIELD]: text };
    }
  },
};
