import { describe, expect, test } from 'vitest';
import { memberParts } from '../../../src/core/model/decoderSpec';
import { describeConfig, errorOf, shapesOf, SIZES, windowsOf } from './describe';

const PHI3 = { model_type: 'phi3', ...SIZES };
const pairs = (count: number, value: number): number[] => Array.from({ length: count }, () => value);
const LONGROPE = { type: 'longrope', short_factor: pairs(4, 1), long_factor: pairs(4, 3) };
const LONG = { rope_scaling: LONGROPE, original_max_position_embeddings: 64, max_position_embeddings: 256 };

test('q, k and v are one matrix, and gate and up', () => {
  const spec = describeConfig(PHI3);
  const shapes = shapesOf(spec);
  expect(shapes.get('model.layers.0.self_attn.qkv_proj.weight')).toEqual([64 + 2 * 16, 64]);
  expect(shapes.get('model.layers.0.mlp.gate_up_proj.weight')).toEqual([192, 64]);
  expect([...shapes.keys()].some((name) => name.includes('q_proj'))).toBe(false);
  expect(spec).toMatchObject({ normEps: 1e-5, maxPositions: 4096, rotaryDim: 8 });
});

test('rows of a fused matrix are rows of canonical modules', () => {
  const [qkv] = describeConfig(PHI3).groups[0]!.members;
  expect(memberParts(qkv!)).toEqual([
    { module: 'q_proj', rows: 64 },
    { module: 'k_proj', rows: 16 },
    { module: 'v_proj', rows: 16 },
  ]);
  const [o] = describeConfig(PHI3).groups[1]!.members;
  expect(memberParts(o!)).toEqual([{ module: 'o_proj', rows: 64 }]);
});

test.each(['attention_bias', 'mlp_bias', 'lm_head_bias'])(
  '%s is refused, and taken where it is false',
  (field) => {
    expect(errorOf({ ...PHI3, [field]: true }).message).toContain(`${field} is true`);
    expect(describeConfig({ ...PHI3, [field]: false })).toEqual(describeConfig(PHI3));
  },
);

test('every layer has the window, where there is one', () => {
  expect(windowsOf(PHI3)).toEqual([null, null, null]);
  expect(windowsOf({ ...PHI3, sliding_window: 2047 })).toEqual([2047, 2047, 2047]);
});

describe('LongRoPE', () => {
  const scaling = (fields: object): unknown =>
    describeConfig({ ...PHI3, ...fields }).layerKinds[0]?.rope.scaling;

  test.each(['su', 'longrope'])('called %s', (type) => {
    expect(scaling({ ...LONG, rope_scaling: { ...LONGROPE, type } })).toEqual({
      type: 'longrope',
      shortFactors: [1, 1, 1, 1],
      longFactors: [3, 3, 3, 3],
      attentionFactor: Math.sqrt(1 + Math.log(4) / Math.log(64)),
      originalMaxPositions: 64,
    });
  });

  test('factors that are given, and lengths that do not grow', () => {
    expect(scaling({ ...LONG, rope_scaling: { ...LONGROPE, attention_factor: 1.5 } })).toMatchObject({
      attentionFactor: 1.5,
    });
    expect(scaling({ ...LONG, rope_scaling: { ...LONGROPE, factor: 1 } })).toMatchObject({
      attentionFactor: 1,
    });
    // The configuration class's own length, where the file says nothing.
    expect(scaling({ rope_scaling: LONGROPE })).toMatchObject({
      originalMaxPositions: 4096,
      attentionFactor: 1,
    });
  });

  test('a rotation of three quarters of a head has three quarters of the factors', () => {
    const part = { partial_rotary_factor: 0.75, rope_scaling: { ...LONGROPE, short_factor: pairs(3, 1) } };
    const spec = describeConfig({
      ...PHI3,
      ...LONG,
      ...part,
      rope_scaling: { ...part.rope_scaling, long_factor: pairs(3, 2) },
    });
    expect(spec.rotaryDim).toBe(6);
    expect(errorOf({ ...PHI3, ...LONG, ...part }).message).toContain('rope_scaling.long_factor');
  });

  test.each([
    [{ short_factor: [1] }, 'config-invalid', 'rope_scaling.short_factor'],
    [{ long_factor: 'x' }, 'config-invalid', 'rope_scaling.long_factor'],
    [{ long_factor: [1, 1, 1, 0] }, 'config-invalid', 'rope_scaling.long_factor'],
    [{ short_mscale: 1.1 }, 'config-unsupported', 'rope_scaling.short_mscale'],
    [{ type: 'yarn' }, 'config-unsupported', 'rope_scaling.type'],
  ])('%j is refused', (fields, code, part) => {
    const error = errorOf({ ...PHI3, ...LONG, rope_scaling: { ...LONGROPE, ...fields } });
    expect(error.code).toBe(code);
    expect(error.message).toContain(part);
  });

  test.each([0.1, 0.4, 1.5])('partial_rotary_factor %d is refused', (factor) => {
    expect(errorOf({ ...PHI3, partial_rotary_factor: factor }).message).toContain('partial_rotary_factor');
  });
});
