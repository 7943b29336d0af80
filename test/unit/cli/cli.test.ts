import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliFolder } from './cliFolder';

const { folder, cli } = await cliFolder();

describe('exit statuses and the form of errors', () => {
  const cases: [args: string[], status: number, error: RegExp][] = [
    [[], 2, /^error\[usage\]: No command given\.\n.*identify.*\n$/],
    [['frobnicate'], 2, /^error\[usage\]: There is no command 'frobnicate'/],
    [['identify'], 2, /^error\[usage\]: EXPERIMENT\.json is missing/],
    [['identify', 'a', 'b'], 2, /^error\[usage\]/],
    [['identify', '--bogus'], 2, /^error\[usage\]: Unknown option '--bogus'/],
    [['identify', 'missing.json'], 2, /^error\[experiment-missing\]: .*missing\.json/],
    [['identify', 'broken.json'], 2, /^error\[experiment-syntax\]: .*broken\.json:1:2: /],
    [['identify', 'x.safety-region.json', '--provider', 'tpu'], 2, /^error\[usage\]: --provider: 'tpu'/],
    [['identify', 'x.json', '--on-provider-failure', 'cry'], 2, /^error\[usage\]: --on-provider-failure: 'cry'/],
    [['identify', 'x.safety-region.json', '--threads', '-1'], 2, /^error\[usage\]/],
    [['identify', 'x.safety-region.json', '--threads=two'], 2, /^error\[usage\]: --threads: 'two'/],
    [['identify', 'x.safety-region.json', '--progress', 'gif'], 2, /^error\[usage\]: --progress: 'gif'/],
    [['identify', '--resume', 'nowhere'], 3, /^error\[run-unreadable\]: .*nowhere/],
    [['identify', 'x.safety-region.json', '--threads', '3'], 3, /error\[model-not-found\]: it says\.\ndo this\.\n$/],
    [['identify', 'x.safety-region.json', '--threads', '4'], 4, /error\[engine-gone\]: .*SIGABRT[^]*abort reason/],
    [['identify', 'x.safety-region.json', '--threads', '130'], 130, /error\[cancelled\]: Cancelled\.\nGo on with: node dist\/cli\.js identify --resume \//],
    [['overlap'], 2, /^error\[usage\]: RUN_DIR is missing/],
    [['overlap', '.', '--json', '--csv'], 2, /^error\[usage\]: --json and --csv/],
    [['overlap', '.', '--json', '--html', 'f'], 2, /^error\[usage\]: --json and --html/],
    [['overlap', 'nowhere', '--html', 'f'], 3, /^error\[run-unreadable\]/],
    [['overlap', 'nowhere'], 3, /^error\[run-unreadable\]/],
    [['show'], 2, /^error\[usage\]: RUN_DIR is missing/],
    [['show', 'nowhere'], 3, /^error\[run-unreadable\]/],
    [['list', 'nowhere'], 3, /^error\[runs-not-found\]/],
    [['export', 'nowhere'], 2, /^error\[usage\]: --region is missing/],
    [['export', 'x', '--region', 'a/b', '--format', 'pickle', '--out', 'f'], 2, /^error\[export-format\].*\n.*safetensors, npz, json/],
    [['doctor', 'me'], 2, /^error\[usage\]/],
  ]; // prettier-ignore
  it.each(cases)('%j -> %i', async (args, status, error) => {
    await writeFile(path.join(folder, 'broken.json'), '{');
    const result = await cli(...args);
    expect(result.stderr).toMatch(error);
    expect(result.status).toBe(status);
    expect(result.stdout).toBe('');
  });
});

it('--help, --version and --write-schema', async () => {
  const help = await cli('--help');
  expect(help).toMatchObject({ status: 0, stderr: '' });
  for (const name of ['identify', 'overlap', 'show', 'list', 'export', 'doctor']) {
    expect(help.stdout).toContain(`  ${name} `);
    expect((await cli(name, '--help')).stdout).toMatch(new RegExp(`^safety-region ${name} `));
  }
  expect((await cli('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect((await cli('--write-schema', 'schema')).status).toBe(0);
  const schema = await readFile(path.join(folder, 'schema', 'safety-region.schema.json'), 'utf8');
  expect(JSON.parse(schema)).toMatchObject({ type: 'object', additionalProperties: false });
});
