import { expectedHeldBy, expectedIntervalHeldBy, orderFreeCurves } from './heldBy';
import {
  expectedIntervalIntersection,
  expectedIntervalJaccard,
  expectedIntervalJaccardCurve,
  expectedIntervalJaccardOfChoices,
} from './intervalOverlap';
import {
  expectedDice,
  expectedJaccard,
  expectedOverlapCoefficient,
  independentJaccardCurve,
} from './randomOverlap';

/** What regions of the found sizes would give by chance, within `universe` units. null: undefined. */
export interface FloorModel {
  readonly jaccard: (universe: number, a: number, b: number) => number | null;
  /** n-way, adding the regions one by one. */
  readonly curve: (universe: number, sizes: readonly number[]) => (number | null)[];
  /** n-way, over all choices of n of the regions. */
  readonly allOrders: (universe: number, sizes: readonly number[]) => (number | null)[];
  /** Entry k: units that exactly k of the regions hold. */
  readonly heldBy: (universe: number, sizes: readonly number[]) => number[];
  readonly dice: (universe: number, a: number, b: number) => number | null;
  readonly overlapCoefficient: (universe: number, a: number, b: number) => number | null;
}

/** Any set of a size is as likely as any other. */
export const uniformSets: FloorModel = {
  jaccard: expectedJaccard,
  // With no unit outside the utility region every set is empty: density 0, and the floor is undefined like the IoU.
  curve: (universe, sizes) =>
    independentJaccardCurve(sizes.map((size) => (size === 0 ? 0 : size / universe))),
  allOrders: (universe, sizes) => orderFreeCurves(expectedHeldBy(universe, sizes)).jaccard,
  heldBy: expectedHeldBy,
  dice: expectedDice,
  overlapCoefficient: expectedOverlapCoefficient,
};

/** Any place of an interval is as likely as any other. */
export const uniformIntervals: FloorModel = {
  jaccard: (layers, a, b) => expectedIntervalJaccard(layers, [a, b]),
  curve: expectedIntervalJaccardCurve,
  // Layers are few: a ratio of expectations is no expectation of the ratio.
  allOrders: expectedIntervalJaccardOfChoices,
  heldBy: expectedIntervalHeldBy,
  dice: (layers, a, b) => (a + b === 0 ? null : (2 * expectedIntervalIntersection(layers, [a, b])) / (a + b)),
  overlapCoefficient: (layers, a, b) =>
    Math.min(a, b) === 0 ? null : expectedIntervalIntersection(layers, [a, b]) / Math.min(a, b),
};

/** Most regions have one size (the selection fixes it), so most pairs ask for the same expectation. */
export function remembering(floors: FloorModel): FloorModel {
  const known = new Map<string, number | null>();
  return {
    ...floors,
    jaccard: (units, a, b) => {
      const key = `${units} ${Math.min(a, b)} ${Math.max(a, b)}`;
      let value = known.get(key);
      if (value === undefined) known.set(key, (value = floors.jaccard(units, a, b)));
      return value;
    },
  };
}
