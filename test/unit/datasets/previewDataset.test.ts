import { describe, expect, it } from 'vitest';
import { previewDataset } from '../../../src/engine/formats/datasets/previewDataset';
import { scratchFolder } from './scratch';

describe('a preview', () => {
  const scratch = scratchFolder();
  const base = scratch.path;

  it('counts the values of fields that have few of them, most frequent first', async () => {
    const file = scratch.put('c.csv', 'prompt,label\na,x\nb,y\nc,y\nd,y\n');
    const preview = await previewDataset(file);
    expect(preview.values).toEqual([
      {
        field: 'label',
        values: [
          { value: 'y', rows: 3 },
          { value: 'x', rows: 1 },
        ],
      },
      { field: '$file', values: [{ value: 'c', rows: 4 }] },
    ]);
  });

  it('keeps the types of values, so that they can be written into "where"', async () => {
    const lines = [
      { n: 1, f: true },
      { n: 1, f: null },
      { n: '1', f: true },
    ].map((row) => JSON.stringify(row));
    const preview = await previewDataset(scratch.put('t.jsonl', lines.join('\n')));
    expect(preview.values.map(({ values }) => values.map(({ value }) => value))).toEqual([
      [1],
      [true, null],
      ['t'],
    ]);
  });

  it('counts the rows that "where" lets through', async () => {
    const where = { label: ['y', 'absent'] };
    const file = scratch.put('w.csv', 'prompt,label\na,x\nb,y\nc,y\n');
    expect(await previewDataset(file, base, { where })).toMatchObject({ rows: 3, matched: 2 });
    expect(await previewDataset(file, base)).toMatchObject({ rows: 3, matched: 3, isComplete: true });
  });

  it('shows the first of the rows that "where" lets through, wherever they are', async () => {
    const lines = Array.from({ length: 1200 }, (_, i) => `p${i},${i < 1100 ? 'x' : 'y'}`);
    const file = scratch.put('late.csv', `prompt,label\n${lines.join('\n')}\n`);
    const { firstRows } = await previewDataset(file, base, { where: { label: ['y'] } });
    expect(firstRows.map(({ prompt }) => prompt)).toEqual(['p1100', 'p1101', 'p1102', 'p1103', 'p1104']);
  });

  it('looks for fields in every row, not only in those that fields are listed from', async () => {
    const rows = Array.from({ length: 1500 }, (_, i) =>
      JSON.stringify(i === 1400 ? { prompt: 'p', late: [{ a: 1 }] } : { prompt: 'p' }),
    );
    const file = scratch.put('late.jsonl', rows.join('\n'));
    const expected = ['prompt', 'late[0].a', 'late[1].a', 'constructor'];
    expect((await previewDataset(file, base, { expected })).absent).toEqual(['late[1].a', 'constructor']);
  });

  it('stops after so many rows, and says so', async () => {
    const file = scratch.put('m.txt', 'a\nb\nc\n');
    expect(await previewDataset(file, base, { maxRows: 2 })).toMatchObject({ rows: 2, isComplete: false });
    expect(await previewDataset(file, base, { maxRows: 3 })).toMatchObject({ rows: 3, isComplete: true });
  });

  it('can be cancelled', async () => {
    const file = scratch.put('l.txt', 'line\n'.repeat(3000));
    const signal = AbortSignal.abort();
    await expect(previewDataset(file, base, { signal })).rejects.toMatchObject({ kind: 'cancelled' });
  });
});
