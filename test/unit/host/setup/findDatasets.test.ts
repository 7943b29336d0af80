import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findDatasets } from '../../../../src/host/setup/findDatasets';
import { codeOf, temporaryFolder } from '../../formats-model/temporaryFolder';

describe('findDatasets', () => {
  it('gives the files that may hold data, sorted, with their sizes', async () => {
    const folder = await temporaryFolder();
    const inFolder = (name: string): string => path.join(folder, name);
    await writeFile(inFolder('b.csv'), 'prompt\nhi\n');
    await writeFile(inFolder('a.jsonl'), '{}\n');
    await writeFile(inFolder('x.safety-region.json'), '{}');
    const listed = ['b.csv', 'gone.csv', 'a.jsonl', 'x.safety-region.json'].map(inFolder);
    expect(await findDatasets(() => Promise.resolve(listed))).toEqual([
      { file: inFolder('a.jsonl'), bytes: 3 },
      { file: inFolder('b.csv'), bytes: 10 },
    ]);
  });

  it('ends when it is cancelled', async () => {
    expect(await codeOf(() => findDatasets(() => Promise.resolve([]), AbortSignal.abort()))).toBe(
      'cancelled',
    );
  });
});
