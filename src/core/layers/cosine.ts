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
  /**
   * Standard error of `paper`, of as many independent pairs as there are prompts: pairs share prompts, so that more
   * pairs than prompts say nothing more.
   */
  readonly standardError: number;
}

/** @param prompts of the smaller set */
export function angularGap(uu: Float64Array, uh: Float64Array, prompts: number): AngularGap {
  const [anglesUU, anglesUH] = [meanAndSd(uu.map(angleOf)), meanAndSd(uh.map(angleOf))];
  const independent = Math.min(uu.length, uh.length, prompts);
  return {
    paper: anglesUH.mean - anglesUU.mean,
    code: angleOf(meanAndSd(uh).mean) - angleOf(meanAndSd(uu).mean),
    standardError: Math.hypot(anglesUU.sd, anglesUH.sd) / Math.sqrt(independent),
  };
}
