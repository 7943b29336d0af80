import type { Convergence, ConvergingCurves, FittedCurve } from '../../core/masks/overlapReport';
import type { PlateauFit } from '../../core/stats/plateauFit';
import { countText, ratioText } from './numberText';
import type { Table } from './table';

export const CURVE_NAMES = {
  forward: 'forward',
  backward: 'backward',
  allOrders: 'all orders',
  common: 'common share, all orders',
} as const satisfies Partial<Record<keyof ConvergingCurves, string>>;

/** Do the n-way curves settle? None for one or two regions: there is nothing to fit. */
export function convergenceTables(convergence: Convergence, isFitted: boolean): Table[] {
  if (!isFitted) return [];
  const { isoUtility, form, criterion } = convergence;
  const where = ' outside the utility region';
  return [
    ...curveTables('', convergence),
    ...(isoUtility ? curveTables(where, isoUtility) : []),
    {
      title: 'Plateaus of the n-way curves',
      head: [
        'curve',
        'last',
        'plateau',
        'rate',
        'rmse',
        'last step',
        'state',
        'random plateau',
        'random rate',
      ],
      rows: [...fitRows('', convergence), ...(isoUtility ? fitRows(where, isoUtility) : [])],
      note: `Least squares of ${form}. ${criterion[0]?.toUpperCase() ?? ''}${criterion.slice(1)}.`,
    },
  ];
}

function curveTables(where: string, curves: ConvergingCurves): Table[] {
  const { allOrders, common, heldBy, randomHeldBy } = curves;
  const at = ({ curve, random }: FittedCurve, n: number): string[] => [
    ratioText(curve[n] ?? null),
    ratioText(random[n] ?? null),
  ];
  return [
    {
      title: `n-way IoU${where} over all orders, and the share of a region that n regions have in common`,
      head: ['n', 'IoU', 'random', 'common share', 'random', 'units in exactly n', 'random'],
      rows: allOrders.curve.map((_, n) => [
        String(n + 1),
        ...at(allOrders, n),
        ...at(common, n),
        countText(heldBy[n + 1] ?? 0),
        expectedText(randomHeldBy[n + 1] ?? 0),
      ]),
    },
  ];
}

function fitRows(where: string, curves: ConvergingCurves): string[][] {
  return (Object.keys(CURVE_NAMES) as (keyof typeof CURVE_NAMES)[]).map((key) => {
    const { curve, fit, randomFit } = curves[key];
    return [
      `${CURVE_NAMES[key]}${where}`,
      ratioText(curve.at(-1) ?? null),
      ...fitCells(fit),
      ratioText(randomFit?.plateau ?? null),
      ratioText(randomFit?.rate ?? null),
    ];
  });
}

const fitCells = (fit: PlateauFit | null): string[] =>
  fit
    ? [ratioText(fit.plateau), ratioText(fit.rate), ratioText(fit.rmse), ratioText(fit.lastStep), fit.state]
    : ['-', '-', '-', '-', '-'];

const expectedText = (units: number): string =>
  units >= 10 || units === 0 ? countText(Math.round(units)) : ratioText(units);
