/** What the lists of the guided pick say of models and datasets. Pure. */
import path from 'node:path';
import type { DatasetPreview } from '../../protocol/engine';
import type { FoundModel } from '../setup/findModels';
import { bytesText, parametersText } from '../setup/sizeText';
import type { SampleCount } from './choices';
import type { Translator } from '../translator';

const DOT = ' \u00b7 ';
const NONE = '\u2013';
const PREVIEW_CHARS = 300;

/** 'llama · 135 M parameters · 257 MiB' */
export function modelFactsText({ family, parameters, weightBytes }: FoundModel, l10n: Translator): string {
  return [
    ...(family === null ? [] : [family]),
    ...(parameters === null ? [] : [l10n.t('{0} parameters', parametersText(parameters))]),
    ...(weightBytes === null ? [] : [bytesText(weightBytes)]),
  ].join(DOT);
}

/** '520 rows · prompt: goal · response: – · category: topic (7)' */
export function previewSummary(preview: DatasetPreview, l10n: Translator): string {
  const { detected, rows, isComplete, values } = preview;
  const categories = values.find(({ field }) => field === detected.category)?.values.length;
  const category = `${detected.category ?? NONE}${categories === undefined ? '' : ` (${categories})`}`;
  const count = rows.toLocaleString('en');
  return [
    isComplete ? l10n.t('{0} rows', count) : l10n.t('more than {0} rows', count),
    `prompt: ${detected.prompt ?? NONE}`,
    `response: ${detected.response ?? NONE}`,
    `category: ${category}`,
  ].join(DOT);
}

/** Why it is that many, where nobody said so. */
export function sampleCountReason({ least }: SampleCount, l10n: Translator): string | undefined {
  if (!least) return undefined;
  const rows = least.rows.toLocaleString('en');
  return least.isHalved
    ? l10n.t(
        'Half of the {0} rows of {1}, the smallest set: not every answer is a refusal.',
        rows,
        least.name,
      )
    : l10n.t('All {0} rows of {1}, the smallest set.', rows, least.name);
}

/** Why no regions can be identified from it as it stands. */
export function previewProblem(
  { detected, rows, fields }: DatasetPreview,
  l10n: Translator,
): string | undefined {
  if (rows === 0) return l10n.t('There are no rows.');
  if (detected.prompt !== null) return undefined;
  return l10n.t('No field looks like a prompt: name one. There are: {0}', fields.slice(0, 8).join(', '));
}

/** The first rows as a text to read: a field a line, cut. */
export function previewText(file: string, preview: DatasetPreview, l10n: Translator): string {
  const rows = preview.firstRows.map((row, i) => {
    const lines = Object.entries(row).flatMap(([field, text]) =>
      text === null ? [] : [`  ${field}: ${text.replace(/\s+/g, ' ').slice(0, PREVIEW_CHARS)}`],
    );
    return [l10n.t('Row {0}', i + 1), ...lines].join('\n');
  });
  return [`${path.basename(file)}\n${previewSummary(preview, l10n)}`, ...rows].join('\n\n');
}
