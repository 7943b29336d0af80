import { describe, expect, it } from 'vitest';

import { readAdapterConfig, type Candidate } from '../../../src/engine/formats/peft/adapterConfig';
import { BoundedPatterns } from '../../../src/engine/formats/peft/boundedPatterns';
import { codeOf, messageOf } from '../formats-model/temporaryFolder';
import { CONFIG } from './tinyAdapter';

const candidates: Candidate[] = [
  ...[0, 1, 10].flatMap((layer) =>
    ['self_attn.q_proj', 'self_attn.v_proj', 'mlp.down_proj'].map((module) => ({
      name: `model.layers.${layer}.${module}`,
      layer,
    })),
  ),
  { name: 'model.embed_tokens', layer: null },
  { name: 'lm_head', layer: null },
];

const read = (change: Record<string, unknown>) =>
  readAdapterConfig({ ...CONFIG, ...change }, 'dir/adapter_config.json', candidates).modules;
const names = (change: Record<string, unknown>): string[] =>
  [...read(change).keys()].map((name) => name.replace('model.layers.', ''));

describe('adapter_config.json', () => {
  it.each([
    [{ target_modules: ['q_proj'] }, ['0.self_attn.q_proj', '1.self_attn.q_proj', '10.self_attn.q_proj']],
    [{ target_modules: ['self_attn.q_proj', 'model.layers.1.mlp.down_proj'] }, ['0.self_attn.q_proj', '1.self_attn.q_proj', '1.mlp.down_proj', '10.self_attn.q_proj']],
    [{ target_modules: String.raw`.*\.1\.(?P<part>self_attn|mlp)\.\w+_proj` }, ['1.self_attn.q_proj', '1.self_attn.v_proj', '1.mlp.down_proj']],
    [{ target_modules: 'all-linear', layers_to_transform: 1 }, ['1.self_attn.q_proj', '1.self_attn.v_proj', '1.mlp.down_proj']],
    [{ target_modules: ['v_proj'], layers_to_transform: [0, 10], layers_pattern: 'layers' }, ['0.self_attn.v_proj', '10.self_attn.v_proj']],
    [{ target_modules: ['q_proj', 'v_proj'], exclude_modules: ['v_proj'], layers_to_transform: [0] }, ['0.self_attn.q_proj']],
    [{ target_modules: ['q_proj', 'lm_head'], exclude_modules: 'lm_head', layers_to_transform: [0] }, ['0.self_attn.q_proj']],
  ])('%j', (change, expected) => {
    expect(names(change)).toEqual(expected);
  }); // prettier-ignore

  it('scales by alpha / r, or by alpha / sqrt(r) where rank-stabilised', () => {
    expect([...read({ r: 4, lora_alpha: 16 }).values()][0]).toEqual({ rank: 4, scale: 4 });
    expect([...read({ r: 4, lora_alpha: 16, use_rslora: true }).values()][0]).toEqual({ rank: 4, scale: 8 });
  });

  it('has ranks and alphas of their own for modules whose names end as the keys say', () => {
    const found = read({
      r: 4,
      lora_alpha: 16,
      rank_pattern: { '^model.layers.1.mlp.down_proj': 2, '^down_proj': 5, down_proj: 8, q_pro: 3 },
      alpha_pattern: { 'layers.0.self_attn.q_proj': 1, [String.raw`layers\.\d+\.mlp\..*`]: 32 },
    });
    const get = (name: string) => found.get(`model.layers.${name}`);
    expect(get('0.self_attn.q_proj')).toEqual({ rank: 4, scale: 0.25 });
    expect(get('10.self_attn.q_proj')).toEqual({ rank: 4, scale: 4 });
    expect(get('0.mlp.down_proj')).toEqual({ rank: 8, scale: 4 });
    expect(get('1.mlp.down_proj')).toEqual({ rank: 2, scale: 16 });
  });

  it.each([
    [{ peft_type: 'IA3' }, 'adapter-unsupported', 'peft_type'],
    [{ peft_type: undefined }, 'adapter-invalid', 'peft_type'],
    [{ task_type: 'SEQ_CLS' }, 'adapter-unsupported', 'task_type'],
    [{ use_dora: true }, 'adapter-unsupported', 'use_dora'],
    [{ use_dora: 'no' }, 'adapter-invalid', 'use_dora'],
    [{ use_rslora: 1 }, 'adapter-invalid', 'use_rslora'],
    [{ lora_bias: true }, 'adapter-unsupported', 'lora_bias'],
    [{ bias: 'all' }, 'adapter-unsupported', 'bias'],
    [{ fan_in_fan_out: true }, 'adapter-unsupported', 'fan_in_fan_out'],
    [{ modules_to_save: ['lm_head'] }, 'adapter-unsupported', 'modules_to_save'],
    [{ trainable_token_indices: [1] }, 'adapter-unsupported', 'trainable_token_indices'],
    [{ layer_replication: [[0, 2]] }, 'adapter-unsupported', 'layer_replication'],
    [{ init_lora_weights: 'pissa_niter_16' }, 'adapter-unsupported', 'init_lora_weights'],
    [{ layers_pattern: 'h' }, 'adapter-unsupported', 'layers_pattern'],
    [{ target_modules: ['q_proj', 'lm_head'] }, 'adapter-unsupported', 'target_modules'],
    [{ target_modules: ['nothing'] }, 'adapter-invalid', 'target_modules'],
    [{ target_modules: [] }, 'adapter-invalid', 'target_modules'],
    [{ target_modules: null }, 'adapter-invalid', 'target_modules'],
    [{ target_modules: ['q_proj', 3] }, 'adapter-invalid', 'target_modules'],
    [{ target_modules: '(' }, 'adapter-invalid', 'target_modules'],
    [{ layers_to_transform: 'all' }, 'adapter-invalid', 'layers_to_transform'],
    [{ layers_to_transform: [77] }, 'adapter-invalid', 'target_modules'],
    [{ r: undefined }, 'adapter-invalid', 'r'],
    [{ r: 0 }, 'adapter-invalid', 'r'],
    [{ r: 2.5 }, 'adapter-invalid', 'r'],
    [{ r: 100_000 }, 'adapter-unsupported', 'r'],
    [{ lora_alpha: '16' }, 'adapter-invalid', 'lora_alpha'],
    [{ lora_alpha: 1e300 }, 'adapter-invalid', 'lora_alpha'],
    [{ rank_pattern: { q_proj: -1 } }, 'adapter-invalid', 'rank_pattern.q_proj'],
    [{ rank_pattern: { '(': 1 } }, 'adapter-invalid', 'rank_pattern'],
    [{ alpha_pattern: [] }, 'adapter-invalid', 'alpha_pattern'],
    [{ alpha_pattern: { q_proj: null } }, 'adapter-invalid', 'alpha_pattern.q_proj'],
  ])('refuses %j', async (change, code, field) => {
    expect(await codeOf(() => read(change))).toBe(code);
    expect(await messageOf(() => read(change))).toContain(`dir/adapter_config.json: ${field} `);
  });
});

describe('a pattern of Python', () => {
  const match = (pattern: string, names: string[]): boolean[] =>
    new BoundedPatterns(500).match(pattern, names);

  it('matches names as a whole', () => {
    expect(match('a|b', ['a', 'ab', 'b', 'cb'])).toEqual([true, false, true, false]);
  });

  it('is given up where it takes too long', () => {
    expect(() => match('(a+)+b', ['a'.repeat(50)])).toThrow('takes too long');
    expect(() => match('a'.repeat(20_000), ['a'])).toThrow('20000 characters');
  });

  it('has what time the patterns before it have left', () => {
    const patterns = new BoundedPatterns(300);
    const begin = performance.now();
    for (let tried = 0; tried < 10; tried++)
      expect(() => patterns.match('(a+)+b', ['a'.repeat(50)])).toThrow('takes too long');
    expect(performance.now() - begin).toBeLessThan(10 * 300);
  });

  it('is refused with the reason where it does not compile', () => {
    expect(() => match('(', ['a'])).toThrow(/parenthes|group/i);
  });
});
