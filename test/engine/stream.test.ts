import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { layerKind } from '../../src/core/model/decoderSpec';
import type { PreparedDataset, Sample } from '../../src/core/run/sample';
import { rotaryTables } from '../../src/engine/blocks/rotaryTables';
import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { add } from '../../src/engine/graph/ops';
import { CommitQueue } from '../../src/engine/stream/commitQueue';
import { PositionTables } from '../../src/engine/stream/passContext';
import { lossPositions, planDataset, responsePositions } from '../../src/engine/stream/passPlan';
import { ProgramCache } from '../../src/engine/stream/programCache';
import { RowFile } from '../../src/engine/stream/rowFile';
import { makeSpec } from '../unit/graph/specs';

const sample = (length: number, responseStart = 1): Sample => ({
  row: 1,
  tokenIds: Array.from({ length }, (_, token) => token),
  responseStart,
  truncated: false,
  category: null,
});

describe('positions of a sample (T5)', () => {
  it('takes the loss before, and inputs at, the response tokens', () => {
    expect(lossPositions(sample(5, 3))).toEqual([2, 3]);
    expect(responsePositions(sample(5, 3))).toEqual([3, 4]);
  });

  it('has nothing that predicts the first token of all', () => {
    expect(lossPositions(sample(3, 0))).toEqual([0, 1]);
    expect(responsePositions(sample(3, 0))).toEqual([0, 1, 2]);
  });
});

describe('micro-batches', () => {
  const dataset = (lengths: readonly number[]) =>
    ({
      id: 'D',
      role: 'identification',
      samples: lengths.map((length) => sample(length)),
    }) as unknown as PreparedDataset;

  it.each([
    [[5, 64, 17, 17, 9, 100, 3, 64, 8], 128, Infinity],
    [[5, 64, 17, 17, 9, 100, 3, 64, 8], 128, 17],
    [[700, 2], 32, Infinity],
    [[1], 512, Infinity],
  ])('hold every sample once, in rows of its own: %j, at most %d rows', (lengths, maxRows, apartAfter) => {
    const { batches } = planDataset(dataset(lengths), maxRows, 40, apartAfter);
    const seen: number[] = [];
    let row = 40;
    for (const { samples, sampleIndices, length, firstRow } of batches) {
      expect(firstRow).toBe(row);
      row += samples.length * length;
      expect(samples.length === 1 || samples.length * length <= maxRows).toBe(true);
      for (const [slot, { tokenIds }] of samples.entries()) {
        expect(tokenIds.length).toBe(lengths[sampleIndices[slot] ?? -1]);
        expect(tokenIds.length).toBeLessThanOrEqual(length);
      }
      expect(new Set(samples.map(({ tokenIds }) => tokenIds.length > apartAfter)).size).toBe(1);
      seen.push(...sampleIndices);
    }
    expect(seen.sort((a, b) => a - b)).toEqual([...lengths.keys()]);
  });
});

describe('PositionTables', () => {
  const spec = makeSpec({
    hiddenSize: 8,
    intermediateSize: 8,
    heads: 1,
    kvHeads: 1,
    headDim: 8,
    theta: 1e4,
    normEps: 1e-5,
  });

  it('gives each length its own tables, whichever came before, also after masks had to go', () => {
    const positions = new PositionTables(spec);
    for (const length of [40, 8, 64, 1600, 1608, 1616, 1624, 40, 8]) {
      const { cos, sin, mask } = positions.feeds(0, length, length);
      const { rope } = layerKind(spec, 0);
      const expected = rotaryTables(rope, spec.rotaryDim, length);
      expect(cos).toEqual({ data: expected.cos, dims: [length, 4] });
      expect(sin).toEqual({ data: expected.sin, dims: [length, 4] });
      expect(mask.dims).toEqual([length, length]);
      expect([mask.data[0], mask.data[length - 1], mask.data.at(-1)]).toEqual([0, -Infinity, 0]);
    }
  });
});

describe('CommitQueue', () => {
  it('runs tasks in order, nothing after one that failed, and says so every time', async () => {
    const done: string[] = [];
    const commits = new CommitQueue();
    const slowly = (name: string) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(name);
    };
    commits.add(slowly('activation'), () => Promise.resolve(done.push('result')));
    commits.add(() => Promise.reject(new Error('disk full')), slowly('removal'));
    await expect(commits.drain()).rejects.toThrow('disk full');
    commits.add(slowly('next result'));
    await expect(commits.drain()).rejects.toThrow('disk full');
    expect(done).toEqual(['activation', 'result']);
  });
});

describe('RowFile', () => {
  it('has its name after commit only, and leaves nothing when it is given up', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'sre-rows-'));
    try {
      const kept = await RowFile.create(path.join(folder, 'kept'), 3, 2);
      const given = await RowFile.create(path.join(folder, 'given'), 3, 2);
      await kept.write(1, Float32Array.of(1, 2, 3, 4));
      await kept.commit();
      await given.discard();
      expect(await readdir(folder)).toEqual(['kept']);
      const rows = new Float32Array(6);
      await kept.read(0, rows);
      expect([...rows]).toEqual([0, 0, 1, 2, 3, 4]);
      await kept.close();
      const short = await RowFile.open(path.join(folder, 'kept'), 2);
      await expect(short.read(2, new Float32Array(4))).rejects.toThrow('ends before row 2');
      await short.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('ProgramCache', () => {
  it('keeps most programs of a round that is larger than it', async () => {
    const programs = new ProgramCache({ threads: 1 }, 16);
    let built = 0;
    const get = (length: number) =>
      programs.get(`sum ${length}`, () => {
        built++;
        const b = new GraphBuilder('sum');
        const x = b.input('x', [length]);
        b.output('y', add(b, x, x));
        return b;
      });
    try {
      for (let round = 0; round < 4; round++) for (let length = 1; length <= 20; length++) await get(length);
      // The first round builds all 20; one that forgot what was used longest ago would build all 80.
      expect(built).toBeLessThan(60);
      const before = built;
      for (let i = 0; i < 10; i++) for (const length of [100, 101, 102]) await get(length);
      expect(built).toBe(before + 3);
      const data = Float32Array.of(1, 2, 3);
      const y = new Float32Array(3);
      await (await get(3)).run({ x: { data, dims: [3] } }, { y: { data: y, dims: [3] } });
      expect([...y]).toEqual([2, 4, 6]);
    } finally {
      await programs.release();
    }
  });
});
