import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('strings that translators get', () => {
  it('are all those that are shown, in every language, with the same placeholders', () => {
    const { stderr, status } = spawnSync(process.execPath, ['.ci/l10n.mjs', '--check'], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
