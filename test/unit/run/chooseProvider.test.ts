import { expect, it } from 'vitest';
import { fastest } from '../../../src/engine/run/providers/chooseProvider';
import type { ProviderVerdict } from '../../../src/protocol/engine';

const verdict = (name: ProviderVerdict['name'], speedup: number | null, usable = true): ProviderVerdict => ({
  name,
  usable,
  speedup,
  detail: '',
});

it.each<[string, ProviderVerdict[], string]>([
  ['the fastest that is right', [verdict('webgpu', 3), verdict('cuda', 5)], 'cuda'],
  ['not one that is fast and wrong', [verdict('webgpu', 3), verdict('cuda', 50, false)], 'webgpu'],
  ['not one that took too long to be timed', [verdict('webgpu', null)], 'cpu'],
  ['the CPU where the others are slower', [verdict('webgpu', 0.02), verdict('cuda', 1)], 'cpu'],
  ['the CPU where there is nothing else', [], 'cpu'],
])('auto takes %s', (_, verdicts, expected) => {
  expect(fastest(verdicts)).toBe(expected);
});
