import { describe, expect, test } from 'vitest';
import { causalMask, rotaryTables } from '../../../src/engine/blocks/rotaryTables';
import type { ModelSource } from '../../../src/engine/formats/modelDirectory';
import { scaleEmbedding } from '../../../src/engine/stream/forwardPass';
import { LayerWeights, readGain } from '../../../src/engine/stream/layerWeights';
import { PositionTables } from '../../../src/engine/stream/passContext';
import { describeConfig, SIZES } from './describe';

const GEMMA3 = { model_type: 'gemma3_text', ...SIZES, sliding_window: 3, sliding_window_pattern: 2 };

describe('what a layer of a kind is fed', () => {
  const spec = describeConfig(GEMMA3);
  const none = { type: 'none' } as const;

  test('its own mask and rotation, whatever was asked for before', () => {
    const tables = new PositionTables(spec);
    for (const [layer, theta, window] of [
      [0, 1e4, 3],
      [1, 1e6, null],
      [2, 1e4, 3],
    ] as const) {
      for (const length of [8, 16, 8]) {
        const { cos, sin, mask } = tables.feeds(layer, length, length);
        const expected = rotaryTables({ theta, scaling: none }, spec.rotaryDim, length);
        expect([...(cos.data as Float32Array)]).toEqual([...expected.cos]);
        expect([...(sin.data as Float32Array)]).toEqual([...expected.sin]);
        expect([...(mask.data as Float32Array)]).toEqual([...causalMask(length, window)]);
      }
    }
  });

  test('the short or the long factors by the length of the text, not of its padding', () => {
    const rope_scaling = {
      type: 'longrope',
      short_factor: [1, 1, 1, 1],
      long_factor: [2, 3, 4, 5],
      original_max_position_embeddings: 6,
    };
    const long = describeConfig({ model_type: 'llama', ...SIZES, rope_scaling });
    const tables = new PositionTables(long);
    const cos = (tokens: number): number[] => [...(tables.feeds(0, 8, tokens).cos.data as Float32Array)];
    const expected = (tokens: number): number[] => [
      ...rotaryTables(long.layerKinds[0]!.rope, long.rotaryDim, 8, tokens).cos,
    ];
    expect(cos(6)).toEqual(expected(6));
    expect(cos(7)).toEqual(expected(7));
    expect(cos(6)).toEqual(expected(6));
    expect(cos(6)).not.toEqual(cos(7));
  });

  test('gains with the offset added, embeddings times their factor', async () => {
    const model = {
      spec,
      readFloat32: (_: string, into: Float32Array) => Promise.resolve(void into.fill(0.25)),
    } as unknown as ModelSource;
    const gain = new Float32Array(3);
    await readGain(model, 'model.norm.weight', gain);
    expect([...gain]).toEqual([1.25, 1.25, 1.25]);
    const weights = new LayerWeights(model);
    await weights.load(1);
    const feeds = weights.feeds();
    const names = ['attention', 'afterAttention', 'mlp', 'afterMlp', 'query', 'key'].map(
      (name) => `norm.${name}`,
    );
    expect(Object.keys(feeds).filter((name) => name.startsWith('norm.'))).toEqual(names);
    for (const name of names) expect(feeds[name]?.data[0]).toBe(1.25);
    expect(feeds['weight.qkv']?.data[0]).toBe(0.25);

    const rows = Float32Array.of(1, -2);
    scaleEmbedding({ ...spec, embeddingScale: Math.sqrt(3) }, rows);
    expect([...rows]).toEqual([Math.fround(Math.sqrt(3)), -2 * Math.fround(Math.sqrt(3))].map(Math.fround));
    scaleEmbedding({ ...spec, embeddingScale: 1 }, rows);
    expect(rows[1]).toBe(Math.fround(-2 * Math.fround(Math.sqrt(3))));
  });
});
