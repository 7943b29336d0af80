import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { GraphBuilder } from '../../src/engine/graph/graphBuilder';
import { add, mul } from '../../src/engine/graph/ops';
import { Lanes } from '../../src/engine/ort/lanes';
import type { Program } from '../../src/engine/ort/runtime';
import { bytes, floats } from '../../src/engine/ort/sharedMemory';

/** `npm test` builds it before the suites. */
const script = path.resolve(import.meta.dirname, '../../dist/lane.js');

function graph(): GraphBuilder {
  const b = new GraphBuilder('squares');
  const x = b.input('x', [2, 4]);
  b.output('y', mul(b, x, x));
  b.output('z', add(b, x, x));
  return b;
}

const start = async (threads: number, file = script): Promise<{ lanes: Lanes | null; told: string[] }> => {
  const told: string[] = [];
  return { lanes: await Lanes.start(threads, (reason) => told.push(reason), file), told };
};

const dims = [2, 4];
const values = [3, -1, 2, 0, 1, 5, -7, 4];

describe('lanes', () => {
  let lanes: Lanes;
  let program: Program;
  beforeAll(async () => {
    const started = await start(2);
    if (!started.lanes) throw new Error(`No lanes: ${started.told.join()}`);
    lanes = started.lanes;
    program = lanes.program(graph());
  });
  afterAll(() => lanes.close());

  it('read and write shared memory and memory of others', async () => {
    const x = floats(8, true);
    x.set(values);
    const [y, z] = [floats(8, true), new Float32Array(8)];
    await program.run({ x: { data: x, dims } }, { y: { data: y, dims }, z: { data: z, dims } });
    expect([...y]).toEqual(values.map((value) => value * value));
    expect([...z]).toEqual(values.map((value) => 2 * value));
  });

  it('take a part of a larger memory', async () => {
    const all = new Float32Array([9, ...values, 9]);
    const z = new Float32Array(10).fill(7);
    await program.run(
      { x: { data: all.subarray(1, 9), dims } },
      { y: { data: floats(8, true), dims }, z: { data: z.subarray(1, 9), dims } },
    );
    expect([...z]).toEqual([7, ...values.map((value) => 2 * value), 7]);
  });

  it('select from an output that nobody wants', async () => {
    const bits = bytes(1, true);
    const z = new Float32Array(8);
    await program.run(
      { x: { data: Float32Array.from(values), dims } },
      { z: { data: z, dims } },
      { y: { rows: 2, columns: 4, count: 1, bits, firstBit: 0 } },
    );
    expect(bits[0]).toBe(0b0100_0001);
  });

  it('run side by side', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const y = floats(8, true);
        const x = new Float32Array(8).fill(index);
        await program.run(
          { x: { data: x, dims } },
          { y: { data: y, dims }, z: { data: floats(8, true), dims } },
        );
        return y[7];
      }),
    );
    expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index * index));
  });

  it('say what ONNX Runtime refuses', async () => {
    const run = program.run({ x: { data: new Float32Array(3), dims: [3] } }, {});
    await expect(run).rejects.toMatchObject({ kind: 'engine', code: 'ort-run' });
  });

  it('that have ended are an engine error, for what waits and for what comes', async () => {
    const { lanes: ended } = await start(3);
    const last = ended?.program(graph());
    const run = (): Promise<void> | undefined =>
      last?.run({ x: { data: Float32Array.from(values), dims } }, { y: { data: floats(8, true), dims } });
    const waiting = expect(run()).rejects.toMatchObject({ kind: 'engine', code: 'lane-ended' });
    await ended?.close();
    await waiting;
    await expect(run()).rejects.toMatchObject({ kind: 'engine', code: 'lane-ended' });
  });

  it('end without harm while they run graphs', async () => {
    for (let round = 0; round < 20; round++) {
      const { lanes: ended } = await start(2);
      if (!ended) throw new Error('No lanes.');
      const busy = ended.program(graph());
      const runs = Array.from({ length: 4 }, () =>
        busy
          .run(
            { x: { data: Float32Array.from(values), dims } },
            { y: { data: floats(8, true), dims }, z: { data: floats(8, true), dims } },
          )
          .catch((error: unknown) => error),
      );
      // At another moment of their work each time.
      await new Promise((resolve) => setTimeout(resolve, round / 4));
      await ended.close();
      for (const outcome of await Promise.all(runs)) {
        if (outcome !== undefined) expect(outcome).toMatchObject({ code: 'lane-ended' });
      }
    }
  });

  it('are none where there is one thread', async () => {
    expect(await start(1)).toEqual({ lanes: null, told: [] });
  });

  it('are none, and it is said why, where there is no such program or it fails', async () => {
    const gone = `${script}.gone`;
    expect(await start(2, gone)).toEqual({ lanes: null, told: [`${gone} is missing.`] });
    const broken = path.join(await mkdtemp(path.join(tmpdir(), 'lane-')), 'lane.cjs');
    await writeFile(broken, "throw new Error('no ONNX Runtime here');");
    const { lanes: none, told } = await start(2, broken);
    expect(none).toBeNull();
    expect(told.join()).toContain('no ONNX Runtime here');
    await rm(path.dirname(broken), { recursive: true });
  });
});
