import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** The file as soon as it is there and has something in it: the host writes it at once. */
export async function whenWritten(file: string): Promise<Buffer> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    if (existsSync(file) && statSync(file).size > 0) return readFileSync(file);
    assert.ok(Date.now() < deadline, `${file} was not written`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
