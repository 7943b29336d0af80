import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureFolder } from '../../../src/store/atomicFile';
import { openRun } from '../../../src/store/runDirectory';
import { runDirectoryName } from '../../../src/store/runName';
import { listRuns } from '../../../src/store/runList';
import { finishedRun, startedRun, SUMMARY, temporaryFolder, testManifest } from './testRuns';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

const freshRoot = async (name: string): Promise<string> => {
  await mkdir(path.join(root, name));
  return path.join(root, name);
};

describe('a run', () => {
  it('is named by stamp, slug and six hexadecimal digits', () => {
    const created = new Date(2026, 2, 4, 5, 6, 7);
    expect(runDirectoryName('Tëst: a/b', created, 'abcdef')).toBe('20260304-050607-Test-a-b-abcdef');
    expect(runDirectoryName('../..', created, 'abcdef')).toBe('20260304-050607-run-abcdef');
    expect(runDirectoryName('漢字', created, 'abcdef')).toBe('20260304-050607-run-abcdef');
  });

  it('is running while locked, then interrupted, then done', async () => {
    const run = await startedRun(await freshRoot('states'));
    expect(path.basename(run.path)).toMatch(/^\d{8}-\d{6}-Test-a-b-[0-9a-f]{6}$/);
    expect(await run.state()).toBe('running');
    const release = await run.acquireLock();
    await release();
    const again = await openRun(run.path);
    expect(await again.state()).toBe('interrupted');
    expect(again.manifest).toEqual(testManifest());
    await ensureFolder(again.file('work', 'forward'));
    await writeFile(again.file('regions', 'x.0123456789ab.tmp'), 'left by a kill');
    const summary = await again.finish(SUMMARY);
    expect(await again.state()).toBe('done');
    expect(await readdir(run.path)).not.toContain('work');
    expect(Object.keys(summary.files)).toEqual([
      'events.jsonl',
      'regions/snip/D0.safetensors',
      'regions/snip/D1.safetensors',
      'regions/snip/Du.safetensors',
      'run.json',
      'samples/D0.jsonl',
    ]);
    const bytes = await readFile(run.file('run.json'));
    expect(summary.files['run.json']).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(await again.summary()).toEqual(summary);
    await again.verify();
  });

  it('is not written to where a symbolic link in it leads, at any depth', async () => {
    const folder = await freshRoot('links');
    const run = await startedRun(folder);
    await (
      await run.acquireLock()
    )();
    await writeFile(path.join(folder, 'outside'), 'as it was');
    await ensureFolder(run.file('reports', 'judges'));
    await symlink(path.join(folder, 'outside'), run.file('reports', 'judges', 'labels.jsonl'));
    const again = await openRun(run.path);
    await expect(again.acquireLock()).rejects.toMatchObject({ code: 'run-damaged' });
    expect(await again.state()).toBe('interrupted');
    await rm(run.file('reports', 'judges', 'labels.jsonl'));
    await (
      await again.acquireLock()
    )();
  });

  it('keeps samples as the contract writes them', async () => {
    const run = await startedRun(await freshRoot('samples'));
    const text = await readFile(run.file('samples', 'D0.jsonl'), 'utf8');
    expect(text).toBe(
      '{"row":3,"tokenIds":[1,2,3],"responseStart":1,"truncated":false,"category":null}\n' +
        '{"row":9,"tokenIds":[4,5],"responseStart":1,"truncated":true,"category":"fraud"}\n',
    );
    expect((await run.readSamples('D0'))[1]).toEqual(JSON.parse(text.split('\n')[1]!));
    await writeFile(run.file('samples', 'D1.jsonl'), text.slice(0, 100));
    await expect(run.readSamples('D1')).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringMatching(/D1\.jsonl: line 2/) as unknown,
    });
    await expect(run.readSamples('Du')).rejects.toMatchObject({ code: 'run-damaged' });
  });

  it('begins a new line after an event that a kill cut short', async () => {
    const run = await startedRun(await freshRoot('events'));
    await appendFile(run.file('events.jsonl'), '{"time":"20');
    const again = await openRun(run.path);
    await again.appendEvent({ event: 'resumed', layer: 3 });
    const lines = (await readFile(run.file('events.jsonl'), 'utf8')).split('\n');
    expect(lines).toHaveLength(4);
    expect(JSON.parse(lines[2]!)).toMatchObject({
      event: 'resumed',
      layer: 3,
      time: expect.any(String) as unknown,
    });
  });

  it('gives no path outside its folder', async () => {
    const run = await startedRun(await freshRoot('outside'));
    expect(() => run.file('..', 'x')).toThrow();
    expect(() => run.file('samples', '../../x')).toThrow();
  });
});

describe('damage is named', () => {
  it('one changed byte, a missing file', async () => {
    const run = await finishedRun(await freshRoot('damage'));
    const region = run.file('regions', 'snip', 'D1.safetensors');
    const bytes = await readFile(region);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(region, bytes);
    await expect(run.verify()).rejects.toMatchObject({
      kind: 'input',
      code: 'run-damaged',
      message: expect.stringContaining(region) as unknown,
    });
    await run.verify((relative) => !relative.endsWith('D1.safetensors'));
    await rm(region);
    await expect(run.verify()).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringMatching(/D1\.safetensors: is missing/) as unknown,
    });
  });

  it('a check of large files stops when it is cancelled', async () => {
    const run = await finishedRun(await freshRoot('cancelled'));
    await expect(run.verify(() => true, AbortSignal.abort())).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(run.verify(() => true, new AbortController().signal)).resolves.toBeUndefined();
  });

  it('run.json and summary.json that are missing, cut, of another version or of another shape', async () => {
    const run = await finishedRun(await freshRoot('documents'));
    const { schemaVersion, ...rest } = JSON.parse(
      await readFile(run.file('summary.json'), 'utf8'),
    ) as object & {
      schemaVersion: number;
    };
    const write = (content: object) => writeFile(run.file('summary.json'), JSON.stringify(content));
    await write({ schemaVersion: schemaVersion + 1, ...rest });
    await expect(run.summary()).rejects.toMatchObject({ code: 'run-unreadable' });
    await write({ schemaVersion, ...rest, files: { '../../etc/passwd': '0'.repeat(64) } });
    await expect(run.verify()).rejects.toMatchObject({ code: 'run-damaged' });
    await rm(run.file('summary.json'));
    await expect(run.summary()).rejects.toMatchObject({ code: 'run-unfinished' });
    await truncate(run.file('run.json'), 100);
    await expect(openRun(run.path)).rejects.toMatchObject({
      code: 'run-damaged',
      message: expect.stringContaining(run.file('run.json')) as unknown,
    });
    await truncate(run.file('run.json'), 2 ** 27);
    await expect(openRun(run.path)).rejects.toMatchObject({
      code: 'run-unreadable',
      message: expect.stringContaining('134217728 bytes') as unknown,
    });
    await rm(run.file('run.json'));
    await expect(openRun(run.path)).rejects.toMatchObject({ code: 'run-unreadable', kind: 'input' });
    await mkdir(run.file('run.json'));
    await expect(openRun(run.path)).rejects.toMatchObject({
      code: 'run-unreadable',
      message: expect.stringContaining('is not a file') as unknown,
    });
  });
});

describe('listRuns', () => {
  it('puts the newest first and reports a broken run without throwing', async () => {
    const folder = await freshRoot('list');
    const older = await finishedRun(folder, { createdAt: '2026-01-01T10:00:00.000Z' });
    const newer = await startedRun(folder, { createdAt: '2026-02-01T10:00:00.000Z' });
    const broken = path.join(folder, '20260115-000000-bad-abcdef');
    await mkdir(broken);
    await writeFile(path.join(broken, 'run.json'), '{');
    await mkdir(path.join(folder, 'notes'));
    await mkdir(path.join(folder, '.20260301-000000-x-abcdef.new'));
    await writeFile(path.join(folder, 'file'), '');

    const runs = await listRuns(folder);
    expect(runs.map(({ path: found, state }) => [found, state])).toEqual([
      [newer.path, 'running'],
      [broken, 'broken'],
      [older.path, 'done'],
    ]);
    expect(runs[0]).toMatchObject({ name: 'Tëst: a/b', methods: ['snip'], datasets: ['D0', 'D1', 'Du'] });
    expect(runs[1]!.problem).toContain(path.join(broken, 'run.json'));
  });

  it('finds nothing where there is no folder', async () => {
    expect(await listRuns(path.join(root, 'nowhere'))).toEqual([]);
  });
});
