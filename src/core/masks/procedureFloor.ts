import { promptsNeeded } from '../selection/neuronSelection';
import { topCount } from '../selection/fraction';
import { procedureExpectation, type RankedPart } from '../stats/procedureOverlap';
import { symmetric } from './overlapMeasures';
import type { ProcedureFloor, Ratio } from './overlapReport';

/** What a region file of neurons says of its selection. */
export interface NeuronSettings {
  readonly keepFraction: number;
  readonly promptShare: number;
  readonly prompts: number;
}

/**
 * SafeNeuron's own floor: the procedure on prompts that keep neurons at random, for each region by its own settings.
 * @param order of the regions in the n-way curves
 */
export function procedureFloor(
  parts: readonly RankedPart[],
  settings: readonly NeuronSettings[],
  order: readonly number[],
): ProcedureFloor {
  const { sizes, jaccard } = procedureExpectation(
    parts,
    settings.map(({ keepFraction, promptShare, prompts }) => ({
      prompts,
      needed: promptsNeeded(promptShare, prompts),
      keptOf: (ranked) => topCount(keepFraction, ranked),
    })),
  );
  const curve = (of: readonly number[]): Ratio[] =>
    of.map((first, n) => (n === 0 ? ownOf(first) : jaccard(of.slice(0, n + 1))));
  const ownOf = (region: number): Ratio => (sizes[region] === 0 ? null : 1);
  return {
    expectedSizes: sizes,
    randomPairwise: symmetric(settings.length, ownOf, (a, b) => jaccard([a, b])),
    randomForward: curve(order),
    randomBackward: curve(order.toReversed()),
  };
}
