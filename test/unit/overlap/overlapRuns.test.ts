import { open, readFile, rename, rm, stat, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunDirectory } from '../../../src/store/runDirectory';
import { overlapRuns } from '../../../src/store/overlapRuns';
import { SafetensorsWriter } from '../../../src/store/safetensorsWriter';
import { PARAMETER, finishedRun, startedRun, temporaryFolder, testManifest } from '../store/testRuns';

// Regions of the test run: D0 {0, 7, 8, 14}, D1 {7, 8, 9}, utility {14}, of 15 weights.
const regionFile = (run: RunDirectory, id: string): string =>
  run.file('regions', 'snip', `${id}.safetensors`);

async function rewriteRegion(
  run: RunDirectory,
  id: string,
  bits: Uint8Array,
  how: { name?: string; shapes?: unknown; payload?: string; parts?: unknown } = {},
): Promise<void> {
  const { name = PARAMETER, shapes = { [PARAMETER]: [3, 5] }, payload = 'weights' } = how;
  const entries = [{ name, dtype: 'U8' as const, shape: [bits.length] }];
  const metadata = {
    payload,
    shapes: typeof shapes === 'string' ? shapes : JSON.stringify(shapes),
    ...(how.parts === undefined ? {} : { parts: JSON.stringify(how.parts) }),
  };
  const writer = await SafetensorsWriter.create(regionFile(run, id), entries, metadata);
  await writer.write(name, bits);
  await writer.finish();
}

describe('overlapRuns', () => {
  let root: string;
  beforeAll(async () => {
    root = await temporaryFolder();
  });
  /** An unfinished run has no checksums yet, so that its region files may be changed. */
  const opened = () => startedRun(root);

  it('reports the stored regions in the order of the experiment', async () => {
    const run = await finishedRun(root);
    const report = await overlapRuns([run.path]);
    expect(report.schemaVersion).toBe(1);
    const { snip } = report.methods;
    expect(snip).toMatchObject({
      unit: 'weight',
      universe: 15,
      regions: [
        { id: 'D0', size: 4, density: 4 / 15, isolatedSize: 3 },
        { id: 'D1', size: 3, density: 3 / 15, isolatedSize: 3 },
      ],
      utility: { id: 'Du', size: 1 },
      forward: [1, 2 / 5],
      isoUtility: { forward: [1, 2 / 4] },
      byHead: {},
      similarity: null,
      notes: [],
    });
    expect(snip?.byLayer['0']?.pairwise[0]![1]).toBe(2 / 5);
    expect(snip?.byModule['q_proj']?.pairwise[0]![1]).toBe(2 / 5);
    expect(await overlapRuns([run.path], { method: 'snip' })).toEqual(report);
  });

  it('puts several runs of one model in one table, ids RUN/ID, with the utility region that they share', async () => {
    const [a, b] = [await finishedRun(root), await finishedRun(root)];
    const { snip } = (await overlapRuns([a.path, b.path])).methods;
    const [nameA, nameB] = [path.basename(a.path), path.basename(b.path)];
    expect(snip?.regions.map(({ id }) => id)).toEqual([
      `${nameA}/D0`,
      `${nameA}/D1`,
      `${nameB}/D0`,
      `${nameB}/D1`,
    ]);
    expect(snip?.utility).toEqual({ id: `${nameA}/Du`, size: 1 });
    expect(snip?.pairwise[0]![2]).toBe(1);
  });

  it('leaves isolation out, and says so, where utility regions differ', async () => {
    const [a, b] = [await finishedRun(root), await opened()];
    await rewriteRegion(b, 'Du', Uint8Array.of(1, 0));
    const { snip } = (await overlapRuns([a.path, b.path])).methods;
    expect(snip).toMatchObject({ utility: null, isoUtility: null });
    expect(snip?.notes.join()).toContain('do not share one utility region');
  });

  it('says why there are no ceilings: one run has no parts of samples, or not all runs have the same', async () => {
    const { experiment } = testManifest();
    const replicates = { halves: true, jackknife: 8, secondDraw: false };
    const asked = await finishedRun(root, { experiment: { ...experiment, replicates } });
    const plain = await finishedRun(root);
    const notes = async (...runs: RunDirectory[]): Promise<string> =>
      ((await overlapRuns(runs.map((run) => run.path))).methods.snip?.notes ?? []).join();
    expect(await notes(asked)).toContain('were asked for, and there are none');
    expect(await notes(asked, plain)).toContain('the runs do not all have the same ones');
    expect(await notes(plain)).toBe('');
  });

  it('refuses runs of different models, naming the file', async () => {
    const manifest = testManifest();
    const model = { ...manifest.model, files: { 'config.json': 'f'.repeat(64) } };
    const [a, b] = [await finishedRun(root), await finishedRun(root, { model })];
    await expect(overlapRuns([a.path, b.path])).rejects.toMatchObject({
      kind: 'input',
      code: 'runs-differ',
      message: expect.stringContaining('config.json') as string,
    });
  });

  it('compares runs of different models where asked to, says so, and wants their shapes alike', async () => {
    const manifest = testManifest();
    const model = { ...manifest.model, reference: 'base', files: { 'config.json': 'f'.repeat(64) } };
    const [a, b] = [await finishedRun(root), await finishedRun(root, { model })];
    const { snip } = (await overlapRuns([a.path, b.path], { acrossModels: true })).methods;
    expect(snip?.pairwise[0]![2]).toBe(1);
    expect(snip?.notes.join()).toMatch(/\(base\) are runs of different models: config\.json differs/);
    const other = await startedRun(root, { model });
    await rewriteRegion(other, 'D0', Uint8Array.of(1, 0), { shapes: { [PARAMETER]: [5, 3] } });
    await expect(overlapRuns([a.path, other.path], { acrossModels: true })).rejects.toMatchObject({
      code: 'regions-differ',
      message: expect.stringContaining('3 and 5 columns') as string,
    });
  });

  it('refuses one run twice, no run, and a method that a run lacks', async () => {
    const run = await finishedRun(root);
    await expect(overlapRuns([run.path, run.path])).rejects.toMatchObject({ code: 'runs-same-name' });
    await expect(overlapRuns([])).rejects.toMatchObject({ code: 'no-run' });
    await expect(overlapRuns([run.path], { method: 'wanda' })).rejects.toMatchObject({
      code: 'run-lacks-method',
      mend: 'Name one of: snip.',
    });
  });

  it('names a missing region, of a dataset or of the utility set', async () => {
    const [a, b] = [await opened(), await opened()];
    await rm(regionFile(a, 'D1'));
    await rm(regionFile(b, 'Du'));
    for (const [run, id] of [
      [a, 'D1'],
      [b, 'Du'],
    ] as const) {
      await expect(overlapRuns([run.path])).rejects.toMatchObject({
        code: 'region-missing',
        message: expect.stringContaining(regionFile(run, id)) as string,
      });
    }
    await expect(overlapRuns([b.path, a.path])).rejects.toMatchObject({ code: 'region-missing' });
  });

  it('names a truncated region', async () => {
    const run = await opened();
    const { length } = await readFile(regionFile(run, 'D1'));
    await truncate(regionFile(run, 'D1'), length - 1);
    await expect(overlapRuns([run.path])).rejects.toMatchObject({
      kind: 'input',
      message: expect.stringContaining(regionFile(run, 'D1')) as string,
    });
  });

  it('names a region that was changed after the run, and one exchanged for another', async () => {
    const changed = await finishedRun(root);
    const bytes = await readFile(regionFile(changed, 'D0'));
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(regionFile(changed, 'D0'), bytes);
    const exchanged = await finishedRun(root);
    await rename(regionFile(exchanged, 'D1'), regionFile(exchanged, 'D0'));
    const unreadable = await finishedRun(root);
    await writeFile(regionFile(unreadable, 'D0'), bytes.subarray(0, 20));
    for (const run of [changed, exchanged, unreadable]) {
      await expect(overlapRuns([run.path])).rejects.toMatchObject({
        code: 'run-damaged',
        message: expect.stringContaining('D0.safetensors') as string,
      });
    }
  });

  it('reads every byte of a region once, to check it and to count it', async () => {
    const run = await finishedRun(root);
    const files = ['D0', 'D1', 'Du'].map((id) => regionFile(run, id));
    const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
    const handle = await open(files[0]!, 'r');
    const read = vi.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'read');
    await handle.close();
    await overlapRuns([run.path], { heads: true, order: ['D1', 'D0'] });
    const results = await Promise.all(
      read.mock.results.map(({ value }) => value as Promise<{ readonly bytesRead: number }>),
    );
    read.mockRestore();
    expect(results.length).toBeGreaterThan(3);
    expect(results.reduce((sum, { bytesRead }) => sum + bytesRead, 0)).toBe(sizes.reduce((a, b) => a + b));
  });

  it.each([
    ['bits past the end', Uint8Array.of(0, 0x80), {}, 'region-damaged', 'past its 15 weights'],
    ['too few bytes', Uint8Array.of(0), {}, 'region-damaged', 'shape 3 x 5'],
    ['no shapes', Uint8Array.of(0, 0), { shapes: '{' }, 'region-damaged', 'shapes are not JSON'],
    [
      'shapes of nothing',
      Uint8Array.of(0, 0),
      { shapes: { x: [1] } },
      'region-damaged',
      'x has a shape but no bits',
    ],
    ['a shape too few', Uint8Array.of(0, 0), { shapes: {} }, 'region-damaged', 'has bits but no shape'],
    [
      'a shape past all integers',
      Uint8Array.of(0, 0),
      { shapes: { [PARAMETER]: [2 ** 40, 2 ** 40] } },
      'region-damaged',
      'packed bits',
    ],
    [
      'another model',
      Uint8Array.of(0, 0),
      { shapes: { [PARAMETER]: [4, 4] } },
      'regions-differ',
      '16 and 15 weights',
    ],
    [
      'another parameter',
      Uint8Array.of(0, 0),
      { name: 'x', shapes: { x: [3, 5] } },
      'regions-differ',
      PARAMETER,
    ],
    [
      'parts of another form',
      Uint8Array.of(0, 0),
      { parts: { [PARAMETER]: [{ module: 'q_proj', rows: 0 }] } },
      'region-damaged',
      'parts of fused matrices',
    ],
    [
      'parts that are not all rows',
      Uint8Array.of(0, 0),
      { parts: { [PARAMETER]: [{ module: 'q_proj', rows: 2 }] } },
      'region-damaged',
      'not its 3 rows',
    ],
    ['another payload', Uint8Array.of(0, 0), { payload: 'heads' }, 'payload-unknown', "payload 'heads'"],
  ])('refuses a region with %s', async (_, bits, how, code, message) => {
    const run = await opened();
    await rewriteRegion(run, 'D1', bits, how);
    const refusal = overlapRuns([run.path]);
    await expect(refusal).rejects.toMatchObject({ kind: 'input', code });
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toThrow(regionFile(run, 'D1'));
  });
});
