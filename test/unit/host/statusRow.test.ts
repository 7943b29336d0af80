import { describe, expect, it } from 'vitest';
import { statusRow } from '../../../src/host/statusRow';
import type { RunProgress } from '../../../src/protocol/engine';
import { plainL10n as l10n } from './plainL10n';

const progress: RunProgress = {
  runDir: '/r',
  phase: 'backward',
  layer: 11,
  layers: 30,
  batch: 1,
  batches: 2,
  fraction: 0.437,
  secondsLeft: 130,
  message: 'backward, layer 12 of 30',
};
const enough = { memoryLeft: undefined };

describe('the engine in the status bar', () => {
  it('is not there while there is none', () => {
    expect(statusRow({ engine: 'off', run: undefined, ...enough }, l10n)).toBeNull();
  });

  it('says each state in words of its own, and only a crash as a warning', () => {
    const states = ['starting', 'ready', 'crashed'] as const;
    const rows = states.map((engine) => statusRow({ engine, run: undefined, ...enough }, l10n));
    expect(rows.map((row) => row?.text)).toEqual([
      '$(loading~spin) Engine starts',
      '$(circle-outline) Engine idle',
      '$(error) Engine has crashed',
    ]);
    expect(rows.map((row) => row?.tooltip)).toEqual([
      'Safety regions: Engine starts',
      'Safety regions: Engine idle',
      'Safety regions: Engine has crashed',
    ]);
    expect(rows.map((row) => row?.isWarning)).toEqual([false, false, true]);
  });

  it('has the share of the run, its layer and the time left, and then that it is being cancelled', () => {
    expect(statusRow({ engine: 'ready', run: progress, ...enough }, l10n)).toEqual({
      text: '$(sync~spin) Identifying 43 %',
      tooltip: 'Safety regions: 43 % \u00b7 2 min left \u00b7 backward, layer 12 of 30',
      isWarning: false,
    });
    expect(statusRow({ engine: 'ready', run: 'cancelling', ...enough }, l10n)?.text).toContain('Cancelling');
    expect(statusRow({ engine: 'starting', run: 'preparing', ...enough }, l10n)?.text).toContain('Preparing');
  });

  it('warns where memory runs low during a run, and of nothing without one', () => {
    const low = { engine: 'ready', memoryLeft: '300 MiB' } as const;
    expect(statusRow({ ...low, run: progress }, l10n)).toMatchObject({
      text: '$(warning) Identifying 43 %',
      tooltip: expect.stringContaining('\nMemory runs low: 300 MiB are free.') as unknown,
      isWarning: true,
    });
    expect(statusRow({ ...low, run: undefined }, l10n)?.isWarning).toBe(false);
  });
});
