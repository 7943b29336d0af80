import { describe, expect, it } from 'vitest';
import { providerRows } from '../../../src/host/providerRows';
import type { KnownProvider, KnownProviders } from '../../../src/protocol/engine';
import { plainL10n as l10n } from './plainL10n';

const at = new Date(2026, 2, 4, 15, 6).toISOString();
const provider = (name: KnownProvider['name'], more: Partial<KnownProvider> = {}): KnownProvider => ({
  name,
  isHere: true,
  isAutomatic: name !== 'dml' && name !== 'coreml',
  found: null,
  ...more,
});
const known: KnownProviders = {
  auto: 'webgpu',
  providers: [
    provider('cpu'),
    provider('webgpu', { found: { usable: true, detail: 'within 1.0e-6 of the CPU', at } }),
    provider('cuda', { found: { usable: false, detail: 'no libcudart.so.12', at } }),
    provider('dml', { isHere: false }),
    provider('coreml'),
  ],
};

describe('the picker of the provider', () => {
  const rows = (from: KnownProviders, current: Parameters<typeof providerRows>[1] = 'experiment') =>
    Object.fromEntries(providerRows(from, current, l10n, 'en').map((row) => [row.setting, row]));

  it('has every provider with what was found of it, and when', () => {
    const all = providerRows(known, 'experiment', l10n, 'en');
    expect(all.map(({ setting, detail }) => [setting, detail])).toEqual([
      ['experiment', 'What engine.provider of the experiment file says.'],
      ['auto', 'The fastest that is right: here WebGPU.'],
      ['cpu', 'The processor. Always there.'],
      ['webgpu', 'Works: within 1.0e-6 of the CPU'],
      ['cuda', 'Passed over: no libcudart.so.12'],
      ['dml', 'Not on this system.'],
      ['coreml', 'Not tried lately.'],
    ]);
  });

  it('says which ones we never ran, and which one is chosen, in words too', () => {
    const { cuda, dml, coreml, auto } = rows(known, 'coreml');
    expect(coreml).toMatchObject({
      label: '$(check) Core ML',
      description: 'chosen, never run by us, only if chosen',
    });
    expect(dml).toMatchObject({
      label: '$(blank) DirectML',
      description: 'never run by us, only if chosen',
    });
    expect(cuda?.description.replaceAll('\u202f', ' ')).toBe('tried Mar 4, 2026, 3:06 PM');
    expect(auto?.description).toBe('');
  });

  it('says that automatic has to try first', () => {
    expect(rows({ ...known, auto: null }).auto?.detail).toContain('Not tried lately');
  });
});
