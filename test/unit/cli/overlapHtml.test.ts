import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliFolder } from './cliFolder';

const { folder, run, cli } = await cliFolder();

describe('overlap --html', () => {
  it('writes one page and prints where it is', async () => {
    const result = await cli('overlap', run.path, '--html', 'report.html');
    expect(result).toMatchObject({ status: 0, stderr: '' });
    const file = path.join(folder, 'report.html');
    expect(result.stdout).toBe(`${file}\n`);
    const page = await readFile(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('IoU of every pair');
  });

  it('refuses a folder before anything is counted, and names a file in it', async () => {
    const { status, stderr } = await cli('overlap', path.join(folder, 'nowhere'), '--html', '.');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error\[out-is-folder\]: --html: .* is a folder\.\n.*overlap\.html/);
  });

  it('says which file it cannot write', async () => {
    const result = await cli(
      'overlap',
      run.path,
      '--html',
      path.join(folder, 'x.safety-region.json', 'report.html'),
    );
    expect(result.status).toBe(3);
    expect(result.stderr).toMatch(/^error\[report-unwritable\]: .*report\.html cannot be written/);
  });
});
