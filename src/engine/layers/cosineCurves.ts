import { candidateRange } from '../../core/layers/candidateRange';
import { angularGap, pairCosines, type AngularGap } from '../../core/layers/cosine';
import type { CosineCurve, CurveReport } from '../../core/layers/layerReport';
import { meanAndSd } from '../../core/layers/moments';
import { drawBetween, drawWithin, type PromptPair } from '../../core/layers/promptPairs';
import { seededRandom } from '../../core/stats/random';
import { breathe } from '../stream/passContext';
import type { PromptStates } from './promptStates';

export interface CurveSettings {
  readonly pairs: number;
  readonly seed: number;
  readonly angle: 'paper' | 'code';
}

export interface DrawnCurves extends CurveReport {
  readonly pairs: { readonly uu: readonly PromptPair[]; readonly uh: readonly PromptPair[] };
}

/**
 * U-U and U-H curves of each set, a layer at a time. U-U pairs follow from seed and size of the utility set alone, U-H
 * pairs from those and the size of the other: no set's curves depend on which others are in the experiment.
 */
export async function cosineCurves(
  utility: PromptStates,
  sets: readonly PromptStates[],
  layers: number,
  { pairs, seed, angle }: CurveSettings,
  signal: AbortSignal,
): Promise<DrawnCurves[]> {
  const uuPairs = drawWithin(utility.count, pairs, seededRandom(seed));
  const drawn = sets.map((set) => ({
    set,
    pairs: drawBetween(utility.count, set.count, pairs, seededRandom(seed)),
    gaps: [] as AngularGap[],
    curve: { mean: [] as number[], sd: [] as number[] },
  }));
  const uu = { mean: [] as number[], sd: [] as number[] };
  for (let layer = 0; layer < layers; layer++) {
    const harmless = await utility.read(layer);
    const within = pairCosines(harmless, harmless, uuPairs);
    push(uu, within);
    for (const { set, pairs: uhPairs, gaps, curve } of drawn) {
      const between = pairCosines(harmless, await set.read(layer), uhPairs);
      push(curve, between);
      gaps.push(angularGap({ pairs: uuPairs, cosines: within }, { pairs: uhPairs, cosines: between }));
    }
    await breathe(signal);
  }
  return drawn.map(({ pairs: uhPairs, gaps, curve }) => {
    const both = { paper: gaps.map(({ paper }) => paper), code: gaps.map(({ code }) => code) };
    const standardError = gaps.map((gap) => gap.standardError);
    return {
      curves: { uu, uh: curve },
      angle: both,
      standardError,
      candidate: candidateRange(both[angle], standardError),
      pairs: { uu: uuPairs, uh: uhPairs },
    };
  });
}

type GrowingCurve = { -readonly [K in keyof CosineCurve]: number[] };

function push(curve: GrowingCurve, cosines: Float64Array): void {
  const { mean, sd } = meanAndSd(cosines);
  curve.mean.push(mean);
  curve.sd.push(sd);
}
