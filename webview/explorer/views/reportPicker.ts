/** Views of what a method left beside its regions: one report a dataset, chosen among those that there are. */
import * as z from 'zod/mini';
import type { Answer } from '../../../src/protocol/explorer/queries';
import { answerSlot } from '../answerSlot';
import { element } from '../dom';
import { still, together, type Drawn } from '../drawn';
import { t } from '../l10n';
import { dropdown, type Choice } from '../ui';
import { memoryPart } from './memoryPart';
import type { ViewContext } from './view';

type ReportQuery = 'layerReports' | 'neuronSizes' | 'adapterReports';
type Report<N extends ReportQuery> = Answer<N>['reports'][number];

const pickedReport = z.object({ run: z.int().check(z.nonnegative()), dataset: z.string() });

/**
 * @param show one report, and all of its run, in a context of that run alone; `run` is its place among those that are
 * compared
 */
export function reportPicker<N extends ReportQuery>(
  context: ViewContext,
  name: N,
  show: (ofRun: ViewContext, report: Report<N>, all: readonly Report<N>[], run: number) => Drawn,
): Drawn {
  const memory = memoryPart(context, 'report', pickedReport);
  let picked = memory.recall() ?? { run: 0, dataset: '' };
  const change = (changed: Partial<typeof picked>): void => {
    picked = { ...picked, ...changed };
    memory.remember(picked);
  };
  const slot = answerSlot(context, name, ({ reports }: Answer<N>) =>
    chosenReport<N>(
      reports,
      picked.dataset,
      (dataset) => change({ dataset }),
      (report) => show(ofRun(context, picked.run), report, reports, picked.run),
    ),
  );
  const runs = runChoices(context);
  if (picked.run >= runs.length) picked = { ...picked, run: 0 };
  const ask = (): void => slot.ask({ run: picked.run } as Parameters<typeof slot.ask>[0]);
  ask();
  if (runs.length < 2) return slot;
  const runPicker = dropdown(t('Run'), runs, String(picked.run), (id) => {
    change({ run: Number(id) });
    ask();
  });
  return together(element('div', {}, element('div', { class: 'toolbar' }, runPicker), slot.root), [slot]);
}

const ofRun = (context: ViewContext, place: number): ViewContext => {
  const { labels = [] } = context.run;
  return { ...context, run: { ...context.run, labels: labels.slice(place, place + 1) } };
};

const runChoices = ({ run: { labels = [] } }: ViewContext): Choice[] =>
  labels.map(({ label }, place) => ({ id: String(place), title: label }));

function chosenReport<N extends ReportQuery>(
  reports: readonly Report<N>[],
  wanted: string,
  onChange: (dataset: string) => void,
  show: (report: Report<N>) => Drawn,
): Drawn {
  const [first] = reports;
  const of = (dataset: string): Report<N> | undefined => reports.find((report) => report.dataset === dataset);
  if (!first) return still(element('p', { class: 'lead' }, t('This run has no such reports.')));
  const place = element('div', {});
  let drawn: Drawn | undefined;
  const put = (report: Report<N>): void => {
    drawn?.dispose();
    drawn = show(report);
    place.replaceChildren(drawn.root);
  };
  const start = of(wanted) ?? first;
  const picker = dropdown(
    t('Dataset'),
    reports.map(({ dataset }) => ({ id: dataset, title: dataset })),
    start.dataset,
    (id) => {
      onChange(id);
      put(of(id) ?? first);
    },
  );
  put(start);
  return {
    root: element('div', {}, element('div', { class: 'toolbar' }, picker), place),
    repaint: () => drawn?.repaint(),
    dispose: () => drawn?.dispose(),
  };
}
