/** Does an n-way curve settle? The form J_n = p + (1 - p) r^(n - 1), fitted by least squares. */

export interface PlateauFit {
  /** p, in 0 .. J_N: where the fitted curve ends. A curve that never rises cannot end above its last value. */
  readonly plateau: number;
  /** r, in 0 .. 1: of what lies above the plateau, the share that every further set leaves. */
  readonly rate: number;
  /** Root mean square of the residuals at n >= 2; n = 1 is met by the form itself. */
  readonly rmse: number;
  /** Sets of the curve. */
  readonly points: number;
  /** 1 - J_N / J_(N-1): what the last set took away, relative; null from zero. */
  readonly lastStep: number | null;
  readonly state: CurveState;
}

/**
 * `settled`: at least 5 sets, the last of which took away at most 5 %; the plateau is at least 90 % of the last value
 * and the residuals at most 10 % of it: curves that fall like 1 / n become flat as well, but do not have this form.
 * `vanished`: the last value is 0. `unclear`: fewer than 5 sets. `falling`: all else.
 */
export type CurveState = 'settled' | 'falling' | 'vanished' | 'unclear';

export const SETTLED = {
  leastPoints: 5,
  mostLastStep: 0.05,
  leastPlateauShare: 0.9,
  mostResidual: 0.1,
} as const;

/** Enough that no second minimum lies between two of them for curves of up to some hundred sets. */
const GRID = 2000;
const GOLDEN = (Math.sqrt(5) - 1) / 2;
const HALVINGS = 80;

/**
 * For a given r the best p is a regression through the origin of J_n - r^(n-1) on 1 - r^(n-1), held to 0 .. J_N; that
 * leaves one number to search: a grid, then a golden section around its best point. The same on every machine.
 * @param curve J_1 = 1, J_2, ...; null where it is undefined
 * @returns null for fewer than 3 sets (two numbers are fitted), and where a value is undefined
 */
export function fitPlateau(curve: readonly (number | null)[]): PlateauFit | null {
  const values = curve.filter((value) => value !== null);
  if (values.length !== curve.length || values.length < 3) return null;
  const tail = values.slice(1);
  const errorAt = (rate: number): number => squaredError(tail, rate, plateauAt(tail, rate));
  let best = 0;
  for (let i = 1; i < GRID; i++) if (errorAt(i / GRID) < errorAt(best / GRID)) best = i;
  const rate = goldenSection(errorAt, Math.max(0, best - 1) / GRID, (best + 1) / GRID, best / GRID);
  const plateau = plateauAt(tail, rate);
  const [before = 0, last = 0] = values.slice(-2);
  const rmse = Math.sqrt(squaredError(tail, rate, plateau) / tail.length);
  const lastStep = before === 0 ? null : 1 - last / before;
  return {
    plateau,
    rate,
    rmse,
    points: values.length,
    lastStep,
    state: stateOf({ plateau, rmse, points: values.length, lastStep }, last),
  };
}

function stateOf(fit: Omit<PlateauFit, 'state' | 'rate'>, last: number): CurveState {
  if (fit.points < SETTLED.leastPoints) return 'unclear';
  if (last === 0) return 'vanished';
  const isFlat = (fit.lastStep ?? 1) <= SETTLED.mostLastStep;
  const isOfTheForm = fit.rmse <= SETTLED.mostResidual * last;
  return isFlat && isOfTheForm && fit.plateau >= SETTLED.leastPlateauShare * last ? 'settled' : 'falling';
}

/** @param tail J_2, J_3, ... */
function plateauAt(tail: readonly number[], rate: number): number {
  let [product, square] = [0, 0];
  let power = 1;
  for (const value of tail) {
    power *= rate;
    product += (value - power) * (1 - power);
    square += (1 - power) ** 2;
  }
  return square === 0 ? 0 : Math.min(tail.at(-1) ?? 0, Math.max(0, product / square));
}

function squaredError(tail: readonly number[], rate: number, plateau: number): number {
  let sum = 0;
  let power = 1;
  for (const value of tail) {
    power *= rate;
    sum += (value - plateau - (1 - plateau) * power) ** 2;
  }
  return sum;
}

/** Where `errorAt` is least between `low` and `high`; `start` itself if nothing is better. */
function goldenSection(errorAt: (x: number) => number, low: number, high: number, start: number): number {
  let [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
  let [atLeft, atRight] = [errorAt(left), errorAt(right)];
  for (let i = 0; i < HALVINGS; i++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - GOLDEN * (high - low);
      atLeft = errorAt(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + GOLDEN * (high - low);
      atRight = errorAt(right);
    }
  }
  const found = (low + high) / 2;
  return errorAt(found) < errorAt(start) ? found : start;
}
