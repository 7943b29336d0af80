/** What is drawn of NLSR's reports, by layer of the adapted model. */
import type { AdapterModuleView, AdapterReportView } from '../../protocol/explorer/adapterReports';
import { parseParamName } from '../model/paramNames';
import type { LineChartOptions } from './lineChart';
import type { Translate } from './translate';

/** Share of the outputs' energy in the directions kept, mean over a layer's matrices. */
export function energyChart(report: AdapterReportView, t: Translate): LineChartOptions {
  return byLayer(
    report,
    {
      title: t('Energy in the directions kept, {0}', report.dataset),
      caption: t(
        'Share of the squared outputs at response positions, mean over the matrices of a layer, of A and of B.',
      ),
      yTitle: t('share of energy'),
      yRange: [0, 1],
      a: mean(({ energyA }) => energyA),
      b: mean(({ energyB }) => energyB),
    },
    t,
  );
}

/** Density of the region in A and in B: small, so that the axis ends near its most. */
export function densityChart(report: AdapterReportView, t: Translate): LineChartOptions {
  return byLayer(
    report,
    {
      title: t('Density of the region, {0}', report.dataset),
      caption: t('Share of the weights of a layer\u2019s matrices that are in the region, of A and of B.'),
      yTitle: t('density'),
      a: ratio(
        ({ sizeA }) => sizeA,
        ({ universeA }) => universeA,
      ),
      b: ratio(
        ({ sizeB }) => sizeB,
        ({ universeB }) => universeB,
      ),
    },
    t,
  );
}

type OfModules = (modules: readonly AdapterModuleView[]) => number | null;

const sum = (modules: readonly AdapterModuleView[], of: (module: AdapterModuleView) => number): number =>
  modules.reduce((total, module) => total + of(module), 0);

const mean =
  (of: (module: AdapterModuleView) => number): OfModules =>
  (modules) =>
    sum(modules, of) / modules.length;

const ratio =
  (part: (module: AdapterModuleView) => number, whole: (module: AdapterModuleView) => number): OfModules =>
  (modules) => {
    const all = sum(modules, whole);
    return all === 0 ? null : sum(modules, part) / all;
  };

function byLayer(
  { modules }: AdapterReportView,
  options: Pick<LineChartOptions, 'title' | 'caption' | 'yTitle' | 'yRange'> & {
    readonly a: OfModules;
    readonly b: OfModules;
  },
  t: Translate,
): LineChartOptions {
  const { a, b, ...rest } = options;
  const layers = new Map<number, AdapterModuleView[]>();
  for (const module of modules) {
    const layer = parseParamName(module.param)?.layer;
    if (layer === null || layer === undefined) continue;
    layers.set(layer, [...(layers.get(layer) ?? []), module]);
  }
  const groups = [...layers].sort(([one], [other]) => one - other);
  return {
    ...rest,
    x: groups.map(([layer]) => String(layer)),
    xTitle: t('layer'),
    series: [
      { label: 'A', values: groups.map(([, of]) => a(of)), colour: 1, marker: 'circle' },
      { label: 'B', values: groups.map(([, of]) => b(of)), colour: 2, marker: 'triangle' },
    ],
  };
}
