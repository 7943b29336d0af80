import { expect, test } from 'vitest';
import { describeConfig, errorOf, SIZES, windowsOf } from './describe';

const MISTRAL = { model_type: 'mistral', ...SIZES };

test('every layer has the window: 4096 where nothing is said, none where it is null', () => {
  expect(windowsOf(MISTRAL)).toEqual([4096, 4096, 4096]);
  expect(windowsOf({ ...MISTRAL, sliding_window: 5 })).toEqual([5, 5, 5]);
  expect(windowsOf({ ...MISTRAL, sliding_window: null })).toEqual([null, null, null]);
  expect(errorOf({ ...MISTRAL, sliding_window: 0 }).message).toContain('sliding_window is 0');
});

test('a head size of its own', () => {
  expect(describeConfig(MISTRAL)).toMatchObject({ headDim: 8, kvHeads: 2, attentionScale: 1 / Math.sqrt(8) });
  expect(describeConfig({ ...MISTRAL, head_dim: 16 })).toMatchObject({ headDim: 16, attentionScale: 0.25 });
});

test('layer_types that say otherwise are refused, for transformers does not read them', () => {
  const types = (type: string) => ({ layer_types: [type, type, type] });
  expect(windowsOf({ ...MISTRAL, ...types('sliding_attention') })).toEqual([4096, 4096, 4096]);
  const error = errorOf({ ...MISTRAL, ...types('full_attention') });
  expect(error).toMatchObject({ code: 'config-unsupported', kind: 'input' });
  expect(error.message).toContain('layer_types');
});
