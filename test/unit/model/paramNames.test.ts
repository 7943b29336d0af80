import { describe, expect, it } from 'vitest';
import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import { parameterShapes } from '../../../src/core/model/parameterShapes';
import {
  headAt,
  headLayout,
  keyValueHeadOf,
  keyValueRowOfRepeated,
  parseParamName,
} from '../../../src/core/model/paramNames';
import { describeModel } from '../../../src/core/model/registry';

function spec(heads: number, kvHeads: number, headDim: number): ReturnType<typeof describeModel> {
  const config = {
    model_type: 'qwen2',
    hidden_size: 16,
    intermediate_size: 8,
    num_hidden_layers: 13,
    vocab_size: 4,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headDim,
  };
  return describeModel(CheckedConfig.of(config, 'config.json'));
}

describe('parseParamName', () => {
  it.each([
    ['model.layers.12.self_attn.q_proj.weight', { layer: 12, module: 'q_proj', param: 'weight' }],
    ['model.layers.0.self_attn.k_proj.bias', { layer: 0, module: 'k_proj', param: 'bias' }],
    ['model.layers.3.mlp.down_proj.weight', { layer: 3, module: 'down_proj', param: 'weight' }],
    ['model.layers.3.input_layernorm.weight', { layer: 3, module: 'input_layernorm', param: 'weight' }],
    ['model.embed_tokens.weight', { layer: null, module: 'embed_tokens', param: 'weight' }],
    ['model.norm.weight', { layer: null, module: 'norm', param: 'weight' }],
    ['lm_head.weight', { layer: null, module: 'lm_head', param: 'weight' }],
  ])('%s', (name, expected) => expect(parseParamName(name)).toEqual(expected));

  it.each([
    '',
    'weight',
    'model.layers.01.mlp.up_proj.weight',
    'model.layers.x.mlp.up_proj.weight',
    'model.layers.1',
  ])('%j is of another form', (name) => expect(parseParamName(name)).toBeNull());

  it('takes every name of a spec, with the module that its group gives it', () => {
    const model = spec(4, 2, 4);
    const modules = new Set<string>();
    for (const { name } of parameterShapes(model)) modules.add(parseParamName(name)?.module ?? name);
    const linear = model.groups.flatMap(({ members }) => members.map(({ module }) => module));
    for (const module of linear) expect(modules).toContain(module);
    expect(modules.size).toBe(linear.length + 5);
  });
});

describe('heads', () => {
  it('rows of q and columns of o belong to query heads, rows of k and v to key/value heads', () => {
    const model = spec(4, 2, 4);
    const q = headLayout(model, 'q_proj')!;
    expect(q).toEqual({ axis: 'rows', kind: 'query', heads: 4, headDim: 4 });
    expect([0, 3, 4, 15].map((row) => headAt(q, row))).toEqual([0, 0, 1, 3]);
    expect(headLayout(model, 'o_proj')).toEqual({ ...q, axis: 'columns' });
    for (const module of ['k_proj', 'v_proj']) {
      const layout = headLayout(model, module)!;
      expect(layout).toEqual({ axis: 'rows', kind: 'keyValue', heads: 2, headDim: 4 });
      expect(headAt(layout, 7)).toBe(1);
      expect(() => headAt(layout, 8)).toThrow(RangeError);
    }
    expect(headLayout(model, 'up_proj')).toBeNull();
    expect([0, 1, 2, 3].map((head) => keyValueHeadOf(model, head))).toEqual([0, 0, 1, 1]);
  });

  it('T21: rows behind the repeated space', () => {
    const small = spec(4, 2, 4);
    expect([5, 8, 13].map((index) => keyValueRowOfRepeated(small, index))).toEqual([1, 4, 5]);
    const llama3 = spec(32, 8, 128);
    expect(keyValueRowOfRepeated(llama3, 130)).toBe(2);
    const indices = Array.from({ length: 4096 }, (_, index) => index);
    const agreeing = indices.filter(
      (index) => keyValueRowOfRepeated(llama3, index) === Math.floor(index / 4),
    );
    expect(agreeing).toHaveLength(32);
  });
});
