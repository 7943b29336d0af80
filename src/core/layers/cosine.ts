import { meanAndSd } from './moments';
import type { PromptPair } from './promptPairs';

/** One vector a row, shape (rows, width). */
export interface VectorRows {
  readonly data: Float32Array;
  readonly width: number;
}

/** Cosine of every pair, summed in float64. NaN where a vector is zero or not finite. */
export function pairCosines(a: VectorRows, b: VectorRows, pairs: readonly PromptPair[]): Float64Array {
  const [lengthsA, lengthsB] = [lengths(a), lengths(b)];
  const { width } = a;
  return Float64Array.from(pairs, ([i, j]) => {
    let dot = 0;
    for (let at = 0; at < width; at++) {
      dot += (a.data[i * width + at] as number) * (b.data[j * width + at] as number);
    }
    return dot / ((lengthsA[i] as number) * (lengthsB[j] as number));
  });
}

function lengths({ data, width }: VectorRows): Float64Array {
  return Float64Array.from({ length: data.length / width }, (_, row) => {
    let sum = 0;
    for (let at = row * width; at < (row + 1) * width; at++) sum += (data[at] as number) ** 2;
    return Math.sqrt(sum);
  });
}

/** In degrees; rounding can put a cosine just outside [-1, 1] (METHODS.md T27). */
export const angleOf = (cosine: number): number =>
  (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;

/** How far apart two kinds of pairs are at one layer, in degrees (METHODS.md T26). */
export interface AngularGap {
  /** Mean angle of U-H pairs less that of U-U pairs, as the paper defines it. */
  readonly paper: number;
  /** Angle of the mean cosine of U-H less that of U-U, as the authors' script computes it. */
  readonly code: number;
  /** Standard error of `paper` over other prompts of the same kinds; see `gapError`. */
  readonly standardError: number;
}

/** Cosines of pairs that were drawn, in their order. */
export interface PairedCosines {
  readonly pairs: readonly PromptPair[];
  readonly cosines: Float64Array;
}

/** @param uh its pairs name a prompt of the utility set first */
export function angularGap(uu: PairedCosines, uh: PairedCosines): AngularGap {
  const [anglesUU, anglesUH] = [uu.cosines.map(angleOf), uh.cosines.map(angleOf)];
  const [meanUU, meanUH] = [meanAndSd(anglesUU).mean, meanAndSd(anglesUH).mean];
  return {
    paper: meanUH - meanUU,
    code: angleOf(meanAndSd(uh.cosines).mean) - angleOf(meanAndSd(uu.cosines).mean),
    standardError: gapError(
      { pairs: uu.pairs, deviations: anglesUU.map((angle) => angle - meanUU) },
      { pairs: uh.pairs, deviations: anglesUH.map((angle) => angle - meanUH) },
    ),
  };
}

interface Deviations {
  readonly pairs: readonly PromptPair[];
  /** Of each pair's angle from the mean of its kind. */
  readonly deviations: Float64Array;
}

/**
 * Pairs share prompts, so that 500 of them are not 500 observations. The variance is summed over prompts instead: the
 * square of what all pairs with that prompt add to the difference of means (dyadic clustering; a utility prompt is in
 * pairs of both kinds). What a pair owes to neither of its prompts is counted for both: the error is rather too large.
 */
function gapError(uu: Deviations, uh: Deviations): number {
  const utility = new Map<number, number>();
  const others = new Map<number, number>();
  const add = (sums: Map<number, number>, prompt: number, value: number): void => {
    sums.set(prompt, (sums.get(prompt) ?? 0) + value);
  };
  uu.pairs.forEach(([first, second], at) => {
    const share = (uu.deviations[at] ?? 0) / uu.pairs.length;
    add(utility, first, -share);
    add(utility, second, -share);
  });
  uh.pairs.forEach(([first, second], at) => {
    const share = (uh.deviations[at] ?? 0) / uh.pairs.length;
    add(utility, first, share);
    add(others, second, share);
  });
  return Math.sqrt([...utility.values(), ...others.values()].reduce((sum, value) => sum + value ** 2, 0));
}
