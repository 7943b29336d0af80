import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

import { readJsonWithComments } from '../../src/core/run/jsonDocument';
import type { TimedEstimate } from '../../src/protocol/engine';
import { sampleVariant, startTestEngine, withTemporaryFolder } from './engineRuns';

async function estimates(
  ...all: { experimentPath: string; experimentText?: string }[]
): Promise<TimedEstimate[]> {
  const engine = startTestEngine();
  try {
    return await Promise.all(all.map((params) => engine.client.call('estimate', params)));
  } finally {
    await engine.stop();
  }
}

describe('estimate', () => {
  it('is the same for a file and for what a file is going to say, and writes nothing', () =>
    withTemporaryFolder(async (folder) => {
      const experimentPath = await sampleVariant(folder, {});
      const text = await readFile(experimentPath, 'utf8');
      const later = path.join(folder, 'later.safety-region.json');
      const found = await estimates({ experimentPath }, { experimentPath: later, experimentText: text });
      const facts = found.map(({ parameters, tokens, operations, memoryBytes, diskBytes }) => ({
        ...{ parameters, tokens, operations, memoryBytes, diskBytes },
      }));
      expect(facts[0]).toEqual(facts[1]);
      expect(await readdir(folder)).toEqual([path.basename(experimentPath)]);
      for (const { seconds } of found) expect(seconds).toBeGreaterThan(0);
    }));

  it('counts every parameter of the model, and refuses what a run would refuse', () =>
    withTemporaryFolder(async (folder) => {
      const experimentPath = await sampleVariant(folder, {});
      const [estimate] = await estimates({ experimentPath });
      const {
        hidden_size: h,
        intermediate_size: m,
        ...config
      } = (await readConfig()) as Record<string, number>;
      const { num_hidden_layers: layers = 0, vocab_size: words = 0, num_key_value_heads: kv = 0 } = config;
      const headDim = h! / config.num_attention_heads!;
      const layer = 2 * h! * h! + 2 * kv * headDim * h! + 3 * h! * m! + 2 * h!;
      expect(estimate?.parameters).toBe(words * h! + layers * layer + h!);
      const absent = await sampleVariant(folder, { model: 'no/such/model' });
      await expect(estimates({ experimentPath: absent })).rejects.toMatchObject({ code: 'model-not-found' });
    }));
});

const readConfig = async (): Promise<unknown> =>
  readJsonWithComments(await readFile('native-models/random-tiny/config.json', 'utf8'), 'config').value;
