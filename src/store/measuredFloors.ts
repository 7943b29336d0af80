/** What the runs measured beside their regions, joined to the report of one method. */
import type { MeasuredFloors } from '../core/masks/floorReport';
import type { MethodOverlap, RatioMatrix } from '../core/masks/overlapReport';
import { pairPositions } from '../core/masks/pairPosition';
import { magnitudeFloors } from './magnitudeRuns';
import { replicatedRegions, type RegionPlace } from './replicateRuns';

/** @param overlap whose `regions` are `places`, in this order */
export async function withMeasuredFloors(
  overlap: MethodOverlap,
  places: readonly RegionPlace[],
  method: string,
  signal?: AbortSignal,
): Promise<MethodOverlap> {
  const runs = [...new Set(places.map(({ run }) => run))];
  const shared = await magnitudeFloors(runs, method);
  const replicated = await replicatedRegions(places, method, signal);
  const baselines = { ...overlap.baselines, ...shared, ...replicated };
  const { splitHalfCeiling: ceilings, halvesPairwise: halves, jackknife } = replicated;
  const asked = runs.some(({ manifest }) => manifest.experiment.replicates !== null);
  const notes = asked && !halves && !jackknife ? [...overlap.notes, NO_PARTS] : overlap.notes;
  if (!ceilings || !halves) return { ...overlap, notes, baselines };
  const { kind, floor } = highestFloor(baselines);
  return {
    ...overlap,
    notes,
    baselines: {
      ...baselines,
      position: pairPositions({ halves, ceilings, floor, jackknife }),
      positionFloor: kind,
    },
  };
}

const NO_PARTS =
  'Regions of parts of the samples were asked for, and this method has none: SNIP and Wanda have, for datasets with ' +
  'enough samples.';

/** That of shared weights says most; across runs it is not known. */
function highestFloor(baselines: MethodOverlap['baselines']): {
  readonly kind: NonNullable<MeasuredFloors['positionFloor']>;
  readonly floor: RatioMatrix;
} {
  const { magnitudeFloor, randomProcedure, randomPairwise } = baselines;
  if (magnitudeFloor?.flat().every((value) => value !== null))
    return { kind: 'magnitude', floor: magnitudeFloor };
  if (randomProcedure) return { kind: 'procedure', floor: randomProcedure.randomPairwise };
  return { kind: 'random', floor: randomPairwise };
}
