/** Every choice that a run was made with. */
import type { DataTable } from './figure';
import { numberText } from './figure';
import { el, join, type Markup } from './markup';
import { tableMarkup } from './tableMarkup';
import type { ReportRun } from './reportInput';

export function choicesSection(run: ReportRun): Markup {
  const { manifest, summary } = run;
  const defaults = summary?.defaults ?? manifest.defaults ?? {};
  const warnings = [
    ...(summary?.warnings ?? []),
    ...Object.entries(manifest.datasets).flatMap(([id, { warnings: of }]) =>
      of.map((text) => `${id}: ${text}`),
    ),
  ];
  return join(
    el('h3', {}, 'The run'),
    tableMarkup('What it ran with', {
      head: ['', 'value'],
      rows: [
        ['folder', run.path],
        ['experiment file', manifest.experimentFile],
        ['begun', manifest.createdAt],
        ['finished', summary?.finishedAt ?? 'not finished'],
        ['model', `${manifest.model.reference} (${manifest.model.modelType})`],
        ['parameters', numberText(manifest.model.parameters)],
        ['template', manifest.experiment.template],
        ['provider', manifest.provider],
        ['threads', String(manifest.threads)],
        ['seed', String(manifest.seed)],
        ...Object.entries(manifest.versions).map(([name, version]) => [`version of ${name}`, version]),
      ],
    }),
    tableMarkup('Datasets, as read and sampled', datasetTable(run)),
    answerTable(run),
    el(
      'details',
      {},
      el('summary', {}, 'Regions, and the settings in effect'),
      tableMarkup('Regions, and the settings in effect', {
        head: ['region', 'settings', 'size', 'of'],
        rows: (summary?.regions ?? []).map(({ method, dataset, settings, size, universe }) => [
          `${method} / ${dataset}`,
          settingsText(settings),
          numberText(size),
          numberText(universe),
        ]),
      }),
    ),
    tableMarkup('Defaults in effect: settings that the experiment leaves to the program', {
      head: ['setting', 'value'],
      rows: Object.entries(defaults).map(([name, value]) => [name, JSON.stringify(value)]),
    }),
    tableMarkup('Files of the model and of adapters, SHA-256', {
      head: ['file', 'SHA-256'],
      rows: [
        ...Object.entries(manifest.model.files),
        ...(manifest.adapters ?? []).flatMap(({ reference, files }) =>
          Object.entries(files).map(([name, hash]) => [`${reference}: ${name}`, hash] as const),
        ),
      ].map(([name, hash]) => [name, hash]),
    }),
    warnings.length === 0
      ? null
      : join(
          el('h4', {}, 'Warnings'),
          el(
            'ul',
            {},
            warnings.map((text) => el('li', {}, text)),
          ),
        ),
    el(
      'details',
      {},
      el('summary', {}, 'The resolved experiment'),
      el('pre', { tabindex: 0 }, JSON.stringify(manifest.experiment, null, 2)),
    ),
  );
}

const settingsText = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

function datasetTable({ manifest }: ReportRun): DataTable {
  return {
    head: [
      'dataset',
      'rows',
      'matched',
      'sampled',
      'duplicates',
      'truncated',
      'prompt',
      'response',
      'category',
    ],
    rows: Object.entries(manifest.datasets).map(([id, of]) => [
      id,
      String(of.rows),
      String(of.matched),
      String(of.sampled),
      String(of.duplicatePrompts),
      String(of.truncated),
      `${of.promptField}${of.detected ? ' (detected)' : ''}`,
      of.responseField ?? '-',
      of.categoryField ?? '-',
    ]),
  };
}

function answerTable({ summary }: ReportRun): Markup | null {
  const answers = Object.entries(summary?.answers ?? {});
  if (answers.length === 0) return null;
  return tableMarkup('Answers of the model, and what was dropped', {
    head: ['dataset', 'judge', 'asked', 'refused', 'dropped', 'kept', 'truncated'],
    rows: answers.map(([id, of]) => [
      id,
      of.judge,
      String(of.asked),
      String(of.refused),
      String(of.dropped),
      String(of.kept),
      String(of.truncated),
    ]),
  });
}
