import { describe, expect, it } from 'vitest';
import { CheckedConfig } from '../../../src/core/model/checkedConfig';
import { parameterShapes } from '../../../src/core/model/parameterShapes';
import { parseParamName } from '../../../src/core/model/paramNames';
import { describeModel } from '../../../src/core/model/registry';

function spec(): ReturnType<typeof describeModel> {
  const config = {
    model_type: 'qwen2',
    hidden_size: 16,
    intermediate_size: 8,
    num_hidden_layers: 13,
    vocab_size: 4,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 4,
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
    const model = spec();
    const modules = new Set<string>();
    for (const { name } of parameterShapes(model)) modules.add(parseParamName(name)?.module ?? name);
    const linear = model.groups.flatMap(({ members }) => members.map(({ module }) => module));
    for (const module of linear) expect(modules).toContain(module);
    expect(modules.size).toBe(linear.length + 5);
  });
});
