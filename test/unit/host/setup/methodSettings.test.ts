import { describe, expect, it } from 'vitest';
import { experimentSettings } from '../../../../src/core/run/experimentSettings';
import {
  defaultMethod,
  describedMethod,
  settingsText,
  withSetting,
} from '../../../../src/host/setup/methodSettings';

describe('settings of methods', () => {
  it('are written out where they are the main ones', () => {
    expect(experimentSettings().methods.map(defaultMethod)).toEqual([
      { method: 'snip', topFraction: 0.05, scope: 'row' },
      { method: 'wanda', topFraction: 0.05, scope: 'row' },
      { method: 'safeNeuron', mode: 'paper', keepFraction: 0.1, promptShare: 1 },
      { method: 'safeLayer', pairs: 500, alpha: 'search', seed: 0 },
      { method: 'nlsr', mode: 'paper', sparsity: 0.8 },
    ]);
  });

  it('come with a description of the method alone, of SNIP and Wanda too, which share their settings', () => {
    const descriptions = experimentSettings().methods.map(({ description }) => description);
    expect(new Set(descriptions).size).toBe(5);
    expect(descriptions[0]).toBe(
      'Weights that the loss of the responses depends on most: |weight * gradient|.',
    );
    expect(descriptions[1]).toBe('Large weights on large inputs: |weight| * norm of its input.');
  });

  it('are checked as the file is', () => {
    const snip = defaultMethod(describedMethod('snip'));
    expect(withSetting(snip, 'topFraction', 0.1)).toEqual({ ...snip, topFraction: 0.1 });
    expect(withSetting(snip, 'topFraction', 5)).toMatchObject({
      refused: expect.stringContaining('<=1') as string,
    });
    expect(withSetting(snip, 'scope', 'column')).toMatchObject({
      refused: expect.stringContaining('row') as string,
    });
  });

  it('are said in one line', () => {
    expect(settingsText({ method: 'snip', topFraction: 0.05, scope: 'row' })).toBe(
      'topFraction 0.05, scope row',
    );
    expect(settingsText({ method: 'safeLayer', range: [2, 3] })).toBe('range [2,3]');
  });
});
