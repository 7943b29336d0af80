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
      const known = await engine.client.call('providers', { isToTry: false });
      expect(known.auto).toBeNull();
      expect(known.providers.every(({ found }) => found === null)).toBe(true);
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
      const { auto, providers } = await next.client.call('providers', { isToTry: false });
      expect(providers.map(({ name }) => name)).toEqual(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']);
      expect(providers[0]).toMatchObject({ isHere: true, isAutomatic: true, found: { usable: true } });
      expect(providers.filter(({ found }) => found === null)).toEqual([]);
      expect(auto).not.toBeNull();
    } finally {
      await next.stop();
    }
  });
}, 120_000);
