/** `overlap --html`: one page that needs no script, no network and no other file. */
import type { RunLabel } from '../../protocol/explorer/overview';
import type { MethodOverlap, OverlapReport } from '../masks/overlapReport';
import { choicesSection } from './choices';
import { crossMethodFigures } from './crossMethodFigures';
import { numberText, type Figure } from './figure';
import { floorFigures } from './floorFigures';
import { el, join, Markup, type Child } from './markup';
import { meanOf, methodFigures, offDiagonal } from './methodFigures';
import type { ReportInput, ReportRun } from './reportInput';
import { REPORT_STYLES } from './reportStyles';
import { labelledReport, runLabels, runLetter, startText } from './runLabels';
import { similarityFigures } from './similarityFigures';
import { layerFigures, neuronFigures } from './stageFigures';
import { figureMarkup, tableMarkup } from './tableMarkup';

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** Regions of several runs are called by the labels of these, which a table says. */
export function overlapPage({ overlap: found, runs }: ReportInput): string {
  const names = runs.map(({ name }) => name);
  const overlap = labelledReport(found, names);
  const labels = runLabels(
    runs.map(({ name, manifest }) => ({ folder: name, startedAt: manifest.createdAt })),
  );
  const methods = Object.entries(overlap.methods);
  const sections: Section[] = [
    { id: 'summary', title: 'Summary', body: join(legend(labels), summary(overlap)) },
    ...methods.map(([name, of], i) => ({ id: `method-${i}`, title: name, body: methodBody(name, of, runs) })),
    ...(overlap.crossMethod
      ? [
          {
            id: 'methods',
            title: 'Methods against one another',
            body: join(
              figures(crossMethodFigures(overlap.crossMethod)),
              [
                ...overlap.crossMethod.notes,
                ...overlap.crossMethod.leftOut.map(
                  ({ method, reason }) => `${method} is left out: ${reason}.`,
                ),
              ].map((note) => el('p', { class: 'soft' }, note)),
            ),
          },
        ]
      : []),
    ...runs.map((run, i) => ({
      id: `run-${i}`,
      title: `Choices: ${[...labels.slice(i, i + 1).map(({ label }) => label), run.name].join(', ')}`,
      body: choicesSection(run),
    })),
  ];
  const title = titleOf(runs);
  const page = el(
    'html',
    { lang: 'en' },
    el(
      'head',
      {},
      new Markup(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
          // Were anything to slip through the escaping, it could neither run nor ask anyone for anything.
          `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
      ),
      el('title', {}, title),
      el('style', {}, new Markup(REPORT_STYLES)),
    ),
    el(
      'body',
      {},
      el(
        'header',
        {},
        el('h1', {}, title),
        el('p', { class: 'soft' }, runs.map(({ path }) => path).join('; ')),
      ),
      el(
        'nav',
        { 'aria-label': 'Contents' },
        el(
          'ul',
          {},
          sections.map(({ id, title: of }) => el('li', {}, el('a', { href: `#${id}` }, of))),
        ),
      ),
      el(
        'main',
        {},
        sections.map(({ id, title: of, body }) =>
          el('section', { id, 'aria-labelledby': `${id}-title` }, el('h2', { id: `${id}-title` }, of), body),
        ),
      ),
      el(
        'footer',
        { class: 'soft' },
        'Every number of this page, and more: safety-region overlap --json, --csv.',
      ),
    ),
  );
  return `<!doctype html>\n${page.text}\n`;
}

/** Several runs are told apart by their folders, of one model or not. */
function titleOf(runs: readonly ReportRun[]): string {
  const models = [...new Set(runs.map(({ manifest }) => manifest.model.reference))];
  const of = runs.length > 1 ? ` in ${runs.length} runs, ${runs.map(({ name }) => name).join(' and ')}` : '';
  return `Overlap of safety regions${of}: ${models.join(', ')}`;
}

const figures = (of: readonly Figure[]): Markup => el('div', { class: 'figures' }, of.map(figureMarkup));

const legend = (labels: readonly RunLabel[]): Markup | null =>
  labels.length === 0
    ? null
    : tableMarkup('Runs', {
        head: ['run', 'folder', 'begun'],
        rows: labels.map(({ label, folder, startedAt }) => [label, folder, startText(startedAt)]),
      });

/** One line a method: what a reader asks first. */
function summary(overlap: OverlapReport): Markup {
  const methods = Object.entries(overlap.methods);
  const criterion = methods[0]?.[1].convergence.criterion ?? '';
  return join(
    el(
      'p',
      {},
      'IoU is the share of the units of two or more regions that all of them hold. It is shown beside what regions of the ' +
        'same sizes would give by chance; for small regions that is near zero, so that being above it is not yet much. ' +
        'Outside the utility region, units that serve harmless prompts are taken out of every region first.',
    ),
    tableMarkup('Means over pairs, and all regions together', {
      head: [
        'method',
        'unit',
        'regions',
        'IoU',
        'chance',
        'shared |W|',
        'half/half',
        'draw/draw',
        'outside utility',
        'chance',
        'all regions',
        'chance',
        'plateau',
        'curve',
      ],
      rows: methods.map(([name, of]) => {
        const { pairwise, isoUtility, baselines, convergence } = of;
        const mean = (matrix: MethodOverlap['pairwise'] | undefined): string =>
          numberText(meanOf(offDiagonal(matrix ?? [])));
        const ceiling = (values: MethodOverlap['baselines']['splitHalfCeiling']): string =>
          numberText(meanOf((values ?? []).filter((value) => value !== null)));
        const { fit, curve, random } = convergence.allOrders;
        return [
          name,
          of.unit,
          String(of.regions.length),
          mean(pairwise),
          mean(baselines.randomPairwise),
          mean(baselines.magnitudeFloor ?? undefined),
          ceiling(baselines.splitHalfCeiling),
          ceiling(baselines.secondDrawCeiling),
          mean(isoUtility?.pairwise),
          mean(baselines.isoUtility?.randomPairwise),
          numberText(curve.at(-1)),
          numberText(random.at(-1)),
          numberText(fit?.plateau),
          fit?.state ?? '-',
        ];
      }),
    }),
    el(
      'p',
      { class: 'soft' },
      `Plateau: of n-way IoU over all orders of the regions, at most its last value. ${criterion.slice(0, 1).toUpperCase()}${criterion.slice(1)}.`,
    ),
    hasCeilings(overlap) ? el('p', { class: 'soft' }, CEILINGS) : null,
    overlap.leftOut.map(({ method, reason }) =>
      el('p', {}, `${method} is left out, since its regions do not compare: ${reason}`),
    ),
  );
}

const hasCeilings = ({ methods }: OverlapReport): boolean =>
  Object.values(methods).some(
    ({ baselines: { splitHalfCeiling, secondDrawCeiling } }) => splitHalfCeiling ?? secondDrawCeiling,
  );

const CEILINGS =
  'Half/half: regions of two halves of one dataset. They know half as much as whole regions, so that it is the ceiling of halves ' +
  'of two datasets, which each method has below, and not of the IoU. Draw/draw: regions of two draws of one dataset, as many ' +
  'samples each as whole regions have.';

function methodBody(name: string, overlap: MethodOverlap, runs: readonly ReportRun[]): Markup {
  const { regions, universe, unit, utility, payload, notes } = overlap;
  const units = payload === 'lora' ? 'weights of the adapter' : `${unit}s`;
  const stage = stageFigures(name, runs);
  const rows = regions.map(({ id, size, density, isolatedSize }) => [
    id,
    numberText(size),
    numberText(density),
    numberText(isolatedSize),
  ]);
  const parts: Child[] = [
    el(
      'p',
      { class: 'soft' },
      `${regions.length} regions of ${numberText(universe)} ${units}${utility ? `; utility region ${utility.id}` : ''}.`,
    ),
    notes.map((note) => el('p', {}, note)),
    figures([...methodFigures(overlap), ...floorFigures(overlap)]),
    stage.length === 0 ? null : figures(stage),
    similarityPart(overlap),
    el(
      'details',
      {},
      el('summary', {}, 'Sizes of the regions'),
      tableMarkup(`Sizes, in ${units}`, {
        head: ['region', 'size', 'density', 'outside utility'],
        rows: utility
          ? [
              ...rows,
              [`${utility.id} (utility)`, numberText(utility.size), numberText(utility.size / universe), '-'],
            ]
          : rows,
      }),
    ),
  ];
  return join(...parts);
}

function similarityPart({ similarity, regions }: MethodOverlap): Markup | null {
  const shown = similarityFigures(
    similarity,
    regions.map(({ id }) => id),
  );
  return shown.length === 0 ? null : figures(shown);
}

/** Of what a method left in its run's reports. */
function stageFigures(method: string, runs: readonly ReportRun[]): Figure[] {
  const inRun = (place: number): string => (runs.length > 1 ? `, run ${runLetter(place)}` : '');
  if (method === 'safeNeuron') return runs.flatMap(({ neurons }, i) => neuronFigures(neurons, inRun(i)));
  if (method === 'safeLayer') return runs.flatMap(({ layers }, i) => layerFigures(layers, inRun(i)));
  return [];
}
