import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

import { startEngine } from '../../src/store/engineProcess';
import { userCache } from '../../src/store/userCache';
import { enginePath, withTemporaryFolder } from './engineRuns';

it('keeps what it found of the providers, unless it was cancelled', async () => {
  await withTemporaryFolder(async (folder) => {
    const env = { XDG_CACHE_HOME: folder };
    const file = path.join(userCache(env), 'providers.json');
    const engine = startEngine({ enginePath, env });
    try {
      const controller = new AbortController();
      const cancelled = engine.client.call('doctor', null, { signal: controller.signal });
      controller.abort();
      await expect(cancelled).rejects.toMatchObject({ kind: 'cancelled' });
      expect(existsSync(file)).toBe(false);
    } finally {
      await engine.stop();
    }
    const next = startEngine({ enginePath, env });
    try {
      await next.client.call('doctor', null);
      expect(existsSync(file)).toBe(true);
    } finally {
      await next.stop();
    }
  });
}, 120_000);
