import { mkdir, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { EXIT_STATUS, ToolError, usageError } from '../../../src/protocol/errors';

it('a file system that refuses is an input error with the path, not a fault of ours', async () => {
  const thrown: unknown = await mkdir('/dev/null/folder').catch((error: unknown) => error);
  const error = ToolError.from(thrown);
  expect(error).toMatchObject({ kind: 'input', code: 'file-access', cause: thrown });
  expect(error.message).toContain('/dev/null/folder');
  expect(EXIT_STATUS[error.kind]).toBe(3);
});

it.runIf(process.platform === 'linux')('so is a full disk', async () => {
  const thrown: unknown = await writeFile('/dev/full', 'x').catch((error: unknown) => error);
  expect(ToolError.from(thrown)).toMatchObject({ kind: 'input', code: 'disk-full' });
});

it('whatever else was thrown is an engine failure, ToolErrors stay what they are', () => {
  const ours = usageError('usage', 'What.', 'How.');
  expect(ToolError.from(ours)).toBe(ours);
  for (const thrown of [new TypeError('x'), 'x', undefined, { code: 'EACCES' }]) {
    expect(ToolError.from(thrown)).toMatchObject({ kind: 'engine', code: 'internal' });
  }
  // A process that may not be signalled is no file.
  const notAFile = Object.assign(new Error('kill EPERM'), { code: 'EPERM', syscall: 'kill' });
  expect(ToolError.from(notAFile)).toMatchObject({ code: 'internal' });
});
