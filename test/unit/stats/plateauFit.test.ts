import { describe, expect, it } from 'vitest';
import { independentJaccardCurve } from '../../../src/core/stats/randomOverlap';
import { fitPlateau } from '../../../src/core/stats/plateauFit';

/** J_n = p + (1 - p) r^(n - 1). */
const plateauCurveAt = ({ plateau, rate }: { plateau: number; rate: number }, n: number): number =>
  plateau + (1 - plateau) * rate ** (n - 1);

const curveOf = (plateau: number, rate: number, points: number): number[] =>
  Array.from({ length: points }, (_, i) => plateauCurveAt({ plateau, rate }, i + 1));

describe('fitPlateau', () => {
  it.each([
    [0.3, 0.5],
    [0, 0.9],
    [0.01, 0.31],
    [0.55, 0.02],
    [0.2, 0.97],
  ])('finds p = %d and r = %d again from the curve that they give', (plateau, rate) => {
    const fit = fitPlateau(curveOf(plateau, rate, 10))!;
    expect(fit.plateau).toBeCloseTo(plateau, 6);
    expect(fit.rate).toBeCloseTo(rate, 6);
    expect(fit.rmse).toBeLessThan(1e-7);
    expect(fit.points).toBe(10);
  });

  it('by hand: 1, 0.5, 0.25 is r = 0.5 and nothing left', () => {
    expect(fitPlateau([1, 0.5, 0.25])).toEqual({
      plateau: 0,
      rate: 0.5,
      rmse: 0,
      points: 3,
      lastStep: 0.5,
      state: 'unclear',
    });
  });

  it('by hand: a step from 1 to 0.4, 0.2', () => {
    // p + (1 - p) r = 0.4 and p + (1 - p) r^2 = 0.2: 1 - p = 0.6 / (1 - r) and 0.8 / (1 - r^2), so r = 1 / 3, p = 0.1.
    const fit = fitPlateau([1, 0.4, 0.2])!;
    expect(fit.rate).toBeCloseTo(1 / 3, 6);
    expect(fit.plateau).toBeCloseTo(0.1, 6);
  });

  it('no fit is better than the one found', () => {
    const curve = [1, 0.46, 0.33, 0.21, 0.2, 0.17, 0.16, 0.13];
    const errorOf = (plateau: number, rate: number): number =>
      curve.reduce((sum, value, i) => sum + (value - plateauCurveAt({ plateau, rate }, i + 1)) ** 2, 0);
    const { plateau, rate, rmse } = fitPlateau(curve)!;
    expect(rmse).toBeCloseTo(Math.sqrt(errorOf(plateau, rate) / 7), 12);
    for (let p = 0; p <= 0.13; p += 0.005) {
      for (let r = 0; r < 1; r += 0.005) {
        expect(errorOf(p, r)).toBeGreaterThanOrEqual(errorOf(plateau, rate) - 1e-15);
      }
    }
  });

  it('says whether the curve has settled', () => {
    expect(fitPlateau(curveOf(0.3, 0.3, 10))?.state).toBe('settled');
    expect(fitPlateau(curveOf(0.3, 0.3, 4))?.state).toBe('unclear');
    expect(fitPlateau(curveOf(0.3, 0.95, 10))?.state).toBe('falling');
    expect(fitPlateau([1, 0.2, 0.1, 0, 0, 0])?.state).toBe('vanished');
    // Slow, and with no plateau: a last step below 5 % alone is not enough.
    const slow = fitPlateau(curveOf(0, 0.96, 10))!;
    expect(slow.lastStep).toBeCloseTo(0.04, 12);
    expect(slow.plateau).toBeCloseTo(0, 12);
    expect(slow.state).toBe('falling');
  });

  it('a curve like 1 / n is flat at last, but has not settled, and no plateau is above the last value', () => {
    const fit = fitPlateau(Array.from({ length: 40 }, (_, i) => 1 / (i + 1)))!;
    expect(fit.lastStep).toBeLessThan(0.05);
    expect(fit.plateau).toBeLessThanOrEqual(1 / 40);
    expect(fit.state).toBe('falling');
  });

  it('of independent regions nothing is left', () => {
    const fit = fitPlateau(independentJaccardCurve(new Array<number>(10).fill(0.05)))!;
    expect(fit.plateau).toBeLessThan(1e-3);
    expect(fit.state).toBe('falling');
  });

  it('regions that are all the same keep everything', () => {
    expect(fitPlateau([1, 1, 1, 1, 1])).toMatchObject({ plateau: 1, rmse: 0, state: 'settled' });
  });

  it('fits nothing where there is nothing to fit', () => {
    expect(fitPlateau([])).toBeNull();
    expect(fitPlateau([1, 0.5])).toBeNull();
    expect(fitPlateau([null, null, null])).toBeNull();
    expect(fitPlateau([null, 0, 0, 0])).toBeNull();
  });
});
