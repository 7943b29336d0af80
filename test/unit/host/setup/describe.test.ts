import { describe, expect, it } from 'vitest';
import {
  modelFactsText,
  previewProblem,
  previewSummary,
  previewText,
} from '../../../../src/host/guidedPick/describe';
import type { DatasetPreview } from '../../../../src/protocol/engine';
import { plainL10n as l10n } from '../plainL10n';

const preview: DatasetPreview = {
  files: ['/w/a.csv'],
  fileCount: 1,
  fields: ['goal', 'topic'],
  detected: { prompt: 'goal', response: null, category: 'topic', otherPrompts: [] },
  rows: 1520,
  matched: 1520,
  absent: [],
  isComplete: true,
  firstRows: [
    { goal: 'one\ntwo', topic: 'fraud' },
    { goal: 'x'.repeat(400), topic: null },
  ],
  values: [{ field: 'topic', values: [{ value: 'fraud', rows: 1520 }] }],
};

describe('what the lists of the guided pick say', () => {
  it('of a dataset: rows, fields, how many categories', () => {
    expect(previewSummary(preview, l10n)).toBe(
      '1,520 rows · prompt: goal · response: – · category: topic (1)',
    );
    expect(previewSummary({ ...preview, isComplete: false }, l10n)).toMatch(/^more than 1,520 rows/);
  });

  it('of its first rows: a field a line, cut, without what is absent', () => {
    expect(previewText('/w/a.csv', preview, l10n).split('\n')).toEqual([
      'a.csv',
      previewSummary(preview, l10n),
      '',
      'Row 1',
      '  goal: one two',
      '  topic: fraud',
      '',
      'Row 2',
      `  goal: ${'x'.repeat(300)}`,
    ]);
  });

  it('of one that cannot be used: why', () => {
    expect(previewProblem(preview, l10n)).toBeUndefined();
    expect(previewProblem({ ...preview, rows: 0 }, l10n)).toBe('There are no rows.');
    const detected = { ...preview.detected, prompt: null };
    expect(previewProblem({ ...preview, detected }, l10n)).toMatch(/There are: goal, topic$/);
  });

  it('of a model: family, parameters and bytes, as far as they are known', () => {
    const model = { origin: 'hub', reference: 'hub:o/n', name: 'o/n', problem: null } as const;
    const facts = { family: 'llama', parameters: 134_515_008, weightBytes: 269 * 2 ** 20 };
    expect(modelFactsText({ ...model, ...facts }, l10n)).toBe('llama · 135 M parameters · 269 MiB');
    expect(modelFactsText({ ...model, family: 'bert', parameters: null, weightBytes: null }, l10n)).toBe(
      'bert',
    );
  });
});
