import { describe, expect, it } from 'vitest';
import type { TimedEstimate } from '../../../../src/protocol/engine';
import { bytesText, estimateText, parametersText, shortageText } from '../../../../src/host/setup/sizeText';
import { plainL10n as l10n } from '../plainL10n';

const GIB = 2 ** 30;
const estimate = (change: Partial<TimedEstimate>): TimedEstimate => ({
  parameters: 1,
  tokens: 1,
  operations: 1,
  memoryBytes: GIB,
  diskBytes: 3 * 2 ** 20,
  availableMemoryBytes: 2 * GIB,
  availableDiskBytes: 2 * GIB,
  groups: [],
  seconds: 1,
  ...change,
});

describe('sizes for people', () => {
  it.each([
    [205_376, '205 K'],
    [134_515_008, '135 M'],
    [7_241_732_096, '7.24 B'],
  ])('%d parameters', (count, text) => expect(parametersText(count)).toBe(text));

  it.each([
    [0, '0 B'],
    [1023, '1020 B'],
    [1024, '1 KiB'],
    [1.5 * 2 ** 20, '1.5 MiB'],
    [13.37 * GIB, '13.4 GiB'],
  ])('%d bytes', (bytes, text) => expect(bytesText(bytes)).toBe(text));

  it.each([
    [2, 'less than a minute'],
    [94, 'about 2 min'],
    [2_000, 'about 30 min'],
    [42_000, 'about 12 h'],
    [200_000, 'about 2 days'],
  ])('%d seconds', (seconds, text) =>
    expect(estimateText(estimate({ seconds }), l10n)).toBe(`${text} · 1 GiB of memory · 3 MiB of disk`),
  );

  it('says what is missing', () => {
    expect(shortageText(estimate({}), l10n)).toBeNull();
    expect(shortageText(estimate({ memoryBytes: 3 * GIB }), l10n)).toBe(
      'Needs 3 GiB of memory, and 2 GiB are free.',
    );
    expect(shortageText(estimate({ diskBytes: 3 * GIB }), l10n)).toBe(
      'Needs 3 GiB of disk, and 2 GiB are free.',
    );
  });
});
