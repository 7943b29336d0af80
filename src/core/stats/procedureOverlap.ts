import { expectedKept } from './expectedKept';

/** How a set of neurons was selected: every prompt keeps a share, and enough prompts must agree. */
export interface NeuronProcedure {
  readonly prompts: number;
  /** Prompts that must keep a neuron. */
  readonly needed: number;
  /** Neurons of a part that one prompt keeps. */
  readonly keptOf: (ranked: number) => number;
}

/** Neurons that are ranked together: one type in one layer. */
export interface RankedPart {
  /** Neurons that a region can hold. */
  readonly units: number;
  /** Entries of the ranked list, `repeat` of them for each neuron: one is enough to hold it. Equals units for 1. */
  readonly ranked: number;
}

export interface ProcedureExpectation {
  readonly sizes: number[];
  /** n-way and pairwise IoU of the regions of these indices. */
  readonly jaccard: (regions: readonly number[]) => number | null;
}

/**
 * What the procedure gives where prompts keep neurons at random, independently. A prompt keeps k of N, so that one
 * neuron is kept by X ~ Bin(prompts, k / N) of them, exactly, and is in the set with p = P(X >= needed) (T24); under a
 * list with r entries for a neuron with 1 - (1 - p)^r. Sizes are exact for r = 1. The IoU is the ratio of expectations,
 * sum_j N_j product_a p_aj / sum_j N_j (1 - product_a (1 - p_aj)) over parts j: for one part it is E[J] of sets that
 * take neurons independently, given that their union is not empty; that prompts keep an exact number changes it by
 * O(1 / N).
 */
export function procedureExpectation(
  parts: readonly RankedPart[],
  procedures: readonly NeuronProcedure[],
): ProcedureExpectation {
  const chances = procedures.map((procedure) => parts.map((part) => chanceOf(part, procedure)));
  const unitsOf = (part: number): number => parts[part]?.units ?? 0;
  return {
    sizes: chances.map((ofParts) => ofParts.reduce((sum, p, part) => sum + unitsOf(part) * p, 0)),
    jaccard(regions) {
      let [common, any] = [0, 0];
      for (const part of parts.keys()) {
        let [all, logNone] = [1, 0];
        for (const region of regions) {
          const p = chances[region]?.[part] ?? 0;
          all *= p;
          logNone += Math.log1p(-p);
        }
        common += unitsOf(part) * all;
        any += unitsOf(part) * -Math.expm1(logNone);
      }
      return any === 0 ? null : common / any;
    },
  };
}

function chanceOf({ units, ranked }: RankedPart, { prompts, needed, keptOf }: NeuronProcedure): number {
  const p = expectedKept({ neurons: ranked, kept: keptOf(ranked), prompts, needed }) / ranked;
  const repeat = ranked / units;
  return repeat === 1 ? p : -Math.expm1(repeat * Math.log1p(-p));
}
