import { SETTLED, fitPlateau } from '../stats/plateauFit';
import { orderFreeCurves } from '../stats/heldBy';
import type { FloorModel } from '../stats/floorModel';
import type { SetCounts } from './familyCounts';
import type {
  Convergence,
  ConvergingCurves,
  FittedCurve,
  OverlapMeasures,
  RandomFloors,
  Ratio,
} from './overlapReport';

/** Counts of the whole universe (or of what the utility region leaves of it), and what was made of them. */
export interface ConvergingFamily {
  readonly units: number;
  readonly counts: SetCounts;
  readonly measures: OverlapMeasures;
  readonly floors: RandomFloors;
}

/** Whether the n-way curves of one method settle, and what random regions of the same sizes would do. */
export function convergence(
  plain: ConvergingFamily,
  isolated: ConvergingFamily | null,
  floorOf: FloorModel,
): Convergence {
  return {
    form: 'J_n = plateau + (1 - plateau) * rate^(n - 1)',
    criterion:
      `settled: at least ${SETTLED.leastPoints} regions, the last of which takes away at most ` +
      `${SETTLED.mostLastStep * 100} %, and a plateau of at least ${SETTLED.leastPlateauShare * 100} % of the last value; residuals ` +
      `(root mean square) of at most ${SETTLED.mostResidual * 100} % of it`,
    ...convergingCurves(plain, floorOf),
    isoUtility: isolated && convergingCurves(isolated, floorOf),
  };
}

function convergingCurves(
  { units, counts, measures, floors }: ConvergingFamily,
  floorOf: FloorModel,
): ConvergingCurves {
  const sizes = Array.from(counts.sizes);
  const held = Array.from(counts.heldBy);
  const heldBy = [units - held.reduce((sum, count) => sum + count, 0), ...held];
  const randomHeldBy = floorOf.heldBy(units, sizes);
  const found = orderFreeCurves(heldBy);
  return {
    forward: fitted(measures.forward, floors.randomForward),
    backward: fitted(measures.backward, floors.randomBackward),
    allOrders: fitted(found.jaccard, floorOf.allOrders(units, sizes)),
    common: fitted(found.common, orderFreeCurves(randomHeldBy).common),
    heldBy,
    randomHeldBy,
  };
}

const fitted = (curve: readonly Ratio[], random: readonly Ratio[]): FittedCurve => ({
  curve: [...curve],
  random: [...random],
  fit: fitPlateau(curve),
  randomFit: fitPlateau(random),
});
