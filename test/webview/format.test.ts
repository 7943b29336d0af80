import { describe, expect, it } from 'vitest';
import { formatCount, formatPercent, formatRatio } from '../../webview/explorer/format';

describe('numbers of the page', () => {
  it.each([
    [null, '\u2013'],
    [0, '0'],
    [1, '1'],
    [1 / 3, '0.333'],
    [0.0256410256, '0.0256'],
    [0.00099, '9.9e-4'],
    [2.4e-13, '2.4e-13'],
  ])('ratio %s is %s', (value, text) => expect(formatRatio(value)).toBe(text));

  it.each([
    [null, '\u2013'],
    [0, '0 %'],
    [0.05, '5 %'],
    [0.123456, '12.3 %'],
    [1, '100 %'],
    [1e-9, '1.0e-7 %'],
  ])('share %s is %s', (value, text) => expect(formatPercent(value)).toBe(text));

  it('counts have groups', () => expect(formatCount(106_168_320)).toBe('106,168,320'));
});
