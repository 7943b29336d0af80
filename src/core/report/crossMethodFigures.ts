import type { CrossMethodOverlap } from '../masks/overlapReport';
import { numberText, type Figure } from './figure';
import { heatmap } from './heatmap';
import { meanOf } from './methodFigures';

/** Methods against one another: the mean over the datasets; the table has every dataset. */
export function crossMethodFigures({ methods, datasets }: CrossMethodOverlap): Figure[] {
  const all = Object.entries(datasets);
  return (
    [
      ['IoU of methods', 'pairwise', 'randomPairwise'],
      ['Overlap coefficient of methods', 'overlapCoefficient', 'randomOverlapCoefficient'],
    ] as const
  ).map(([title, key, floorKey]) => {
    const meanAt = (of: typeof key | typeof floorKey, a: number, b: number): number | null =>
      meanOf(all.flatMap(([, dataset]) => dataset[of][a]?.[b] ?? []));
    const pairs = methods.flatMap((_, a) => methods.slice(0, a).map((__, b) => [a, b] as const));
    const drawn = heatmap({
      title,
      caption: `In weights, mean over ${all.length} datasets. By chance: ${pairs
        .map(([a, b]) => `${methods[b] ?? ''} and ${methods[a] ?? ''} ${numberText(meanAt(floorKey, a, b))}`)
        .join('; ')}.`,
      rows: methods,
      columns: methods,
      values: methods.map((_, a) => methods.map((__, b) => meanAt(key, a, b))),
      top: 1,
      isSymmetric: true,
    });
    return {
      ...drawn,
      table: {
        head: ['dataset', 'method', 'method', title, 'chance'],
        rows: all.flatMap(([id, of]) =>
          pairs.map(([a, b]) => [
            id,
            methods[b] ?? '',
            methods[a] ?? '',
            of[key][a]?.[b] ?? null,
            of[floorKey][a]?.[b] ?? null,
          ]),
        ),
      },
    };
  });
}
