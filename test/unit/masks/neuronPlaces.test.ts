import { describe, expect, it } from 'vitest';
import { neuronPlaces } from '../../../src/core/masks/neuronPlaces';

const name = (layer: number, module: string): string => `model.layers.${layer}.${module}.weight`;

describe('the rows and columns of a neuron', () => {
  const llama = [0, 1].flatMap((layer) => [
    { name: name(layer, 'self_attn.q_proj'), shape: [8, 6] },
    { name: name(layer, 'self_attn.k_proj'), shape: [4, 6] },
    { name: name(layer, 'self_attn.v_proj'), shape: [4, 6] },
    { name: name(layer, 'self_attn.o_proj'), shape: [6, 8] },
    { name: name(layer, 'mlp.gate_proj'), shape: [10, 6] },
    { name: name(layer, 'mlp.up_proj'), shape: [10, 6] },
    { name: name(layer, 'mlp.down_proj'), shape: [6, 10] },
  ]);

  it('are a row of q, k or v, and a column of o', () => {
    expect(neuronPlaces(llama, { layer: 1, type: 'k', index: 3 })).toEqual([
      { name: 'model.layers.1.self_attn.k_proj.weight', axis: 'row', index: 3 },
    ]);
    expect(neuronPlaces(llama, { layer: 0, type: 'o', index: 7 })).toEqual([
      { name: 'model.layers.0.self_attn.o_proj.weight', axis: 'column', index: 7 },
    ]);
  });

  it('are a row of gate and of up and a column of down for one ffn neuron', () => {
    expect(neuronPlaces(llama, { layer: 0, type: 'ffn', index: 9 })).toEqual([
      { name: 'model.layers.0.mlp.gate_proj.weight', axis: 'row', index: 9 },
      { name: 'model.layers.0.mlp.up_proj.weight', axis: 'row', index: 9 },
      { name: 'model.layers.0.mlp.down_proj.weight', axis: 'column', index: 9 },
    ]);
  });

  it('begin after the parts before them where matrices are fused', () => {
    const phi = [
      {
        name: name(2, 'self_attn.qkv_proj'),
        shape: [16, 6],
        parts: [
          { module: 'q_proj', rows: 8 },
          { module: 'k_proj', rows: 4 },
          { module: 'v_proj', rows: 4 },
        ],
      },
      {
        name: name(2, 'mlp.gate_up_proj'),
        shape: [20, 6],
        parts: [
          { module: 'gate_proj', rows: 10 },
          { module: 'up_proj', rows: 10 },
        ],
      },
    ];
    expect(neuronPlaces(phi, { layer: 2, type: 'v', index: 1 })).toEqual([
      { name: 'model.layers.2.self_attn.qkv_proj.weight', axis: 'row', index: 13 },
    ]);
    expect(neuronPlaces(phi, { layer: 2, type: 'ffn', index: 1 }).map(({ index }) => index)).toEqual([1, 11]);
    expect(neuronPlaces(phi, { layer: 1, type: 'v', index: 1 })).toEqual([]);
  });
});
