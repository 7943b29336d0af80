import { expect, it } from 'vitest';
import { regionMetadata, scoredMatrices } from '../../../src/core/model/regionMetadata';
import { SIZES, describeConfig, shapesOf } from './describe';

it('the seven projections of every layer, with the shapes of the parameters', () => {
  const spec = describeConfig({ ...SIZES, model_type: 'llama', num_hidden_layers: 2, intermediate_size: 96 });
  const { shapes, parts, heads } = regionMetadata(spec);
  const parsed = JSON.parse(shapes ?? '') as Record<string, number[]>;
  const all = shapesOf(spec);
  expect(Object.keys(parsed)).toEqual(scoredMatrices(spec).map(({ name }) => name));
  expect(Object.keys(parsed).map((name) => name.split('.').slice(2, 5).join('.'))).toEqual(
    ['0', '1'].flatMap((layer) =>
      ['self_attn.q', 'self_attn.k', 'self_attn.v', 'self_attn.o', 'mlp.gate', 'mlp.up', 'mlp.down'].map(
        (name) => `${layer}.${name}_proj`,
      ),
    ),
  );
  for (const [name, shape] of Object.entries(parsed)) expect(shape).toEqual(all.get(name));
  expect(parts).toBeUndefined();
  expect(JSON.parse(heads ?? '')).toEqual({ heads: 8, kvHeads: 2, headDim: 8 });
});

it('fused matrices say what their rows are', () => {
  const spec = describeConfig({
    ...SIZES,
    model_type: 'phi3',
    num_hidden_layers: 1,
    pad_token_id: 0,
    original_max_position_embeddings: 64,
    max_position_embeddings: 64,
  });
  const { parts } = regionMetadata(spec);
  expect(JSON.parse(parts ?? '')).toEqual({
    'model.layers.0.self_attn.qkv_proj.weight': [
      { module: 'q_proj', rows: 64 },
      { module: 'k_proj', rows: 16 },
      { module: 'v_proj', rows: 16 },
    ],
    'model.layers.0.mlp.gate_up_proj.weight': [
      { module: 'gate_proj', rows: 96 },
      { module: 'up_proj', rows: 96 },
    ],
  });
});
