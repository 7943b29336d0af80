import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunProgress } from '../../../src/protocol/engine';
import { readRunProgress, RunProgressWriter } from '../../../src/store/runProgress';

let runDir: string;
beforeEach(() => {
  runDir = mkdtempSync(path.join(tmpdir(), 'safety-region-test-'));
});
afterEach(() => rmSync(runDir, { recursive: true, force: true }));

const progress = (batch: number): RunProgress => ({
  runDir,
  phase: 'backward',
  layer: 11,
  layers: 30,
  batch,
  batches: 9,
  fraction: 0.5,
  secondsLeft: 61.5,
  message: 'backward, layer 12 of 30',
});
const write = (content: string): void => {
  mkdirSync(path.join(runDir, 'work'), { recursive: true });
  writeFileSync(path.join(runDir, 'work', 'progress.json'), content);
};

describe('progress of a run that another process computes', () => {
  it('is read as it was written, the newest of many, with no other file left', async () => {
    const writer = new RunProgressWriter(runDir);
    writer.note(progress(1));
    for (let batch = 2; batch <= 8; batch++) writer.note(progress(batch));
    await expect.poll(() => readRunProgress(runDir), { timeout: 5000 }).toEqual(progress(8));
    await writer.close();
    expect(readdirSync(path.join(runDir, 'work'))).toEqual(['progress.json']);
  });

  it('is written no more once closed: work/ can be removed', async () => {
    const writer = new RunProgressWriter(runDir);
    writer.note(progress(1));
    writer.note(progress(2));
    await writer.close();
    rmSync(path.join(runDir, 'work'), { recursive: true });
    writer.note(progress(3));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(readdirSync(runDir)).toEqual([]);
  });

  it('is nothing where the file is absent, cut, of another shape, or too long', async () => {
    expect(await readRunProgress(runDir)).toBeNull();
    const content = { ...progress(1), runDir: undefined };
    for (const text of [
      JSON.stringify(content).slice(0, 40),
      '7',
      JSON.stringify({ ...content, fraction: 1.5 }),
      JSON.stringify({ ...content, message: 'x'.repeat(301) }),
      JSON.stringify(content) + ' '.repeat(5000),
    ]) {
      write(text);
      expect(await readRunProgress(runDir), text.slice(0, 50)).toBeNull();
    }
    write(JSON.stringify(content));
    expect(await readRunProgress(runDir)).toEqual(progress(1));
  });
});
