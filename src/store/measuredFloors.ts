/** What the runs measured beside their regions, joined to the report of one method. */
import { measuredCeilings, type PositionFloor } from '../core/masks/measuredCeilings';
import type { MethodOverlap, RatioMatrix } from '../core/masks/overlapReport';
import { samplesOf, samplesOutside } from '../core/masks/pairPosition';
import { halfId } from '../core/run/replicates';
import { remembering, uniformSets } from '../core/stats/floorModel';
import { magnitudeFloors } from './magnitudeRuns';
import { neuronFloor } from './neuronFloor';
import { RegionFile } from './regionFile';
import { countReplicates, partFile, type RegionPlace } from './replicateRuns';

/**
 * @param overlap whose `regions` are `places`, in this order
 * @param utility region that its iso-utility measures take out; null without one
 */
export async function withMeasuredFloors(
  overlap: MethodOverlap,
  places: readonly RegionPlace[],
  utility: RegionPlace | null,
  method: string,
  signal?: AbortSignal,
): Promise<MethodOverlap> {
  const runs = [...new Set(places.map(({ run }) => run))];
  const baselines = { ...overlap.baselines, ...(await magnitudeFloors(runs, method)) };
  const families = await countReplicates(places, method, utility, signal);
  const asked = runs.some(({ manifest }) => manifest.experiment.replicates !== null);
  const notes =
    asked && families.length === 0
      ? [...overlap.notes, runs.length > 1 ? NO_COMMON_PARTS : NO_PARTS]
      : overlap.notes;
  const hasHalves = families.some(({ kind }) => kind === 'halves');
  const chance = remembering(uniformSets).jaccard;
  const ceilings = measuredCeilings(families, {
    pick: samplesOf,
    floors: {
      halves: nearestFloor(baselines, hasHalves ? await procedureOfHalves(places, method) : null),
      draws: nearestFloor(baselines, baselines.randomProcedure?.randomPairwise ?? null),
    },
    chance,
  });
  const outside = outsideFloor(baselines);
  const ceilingsIsoUtility =
    utility && families.length > 0
      ? measuredCeilings(families, {
          pick: samplesOutside,
          floors: { halves: outside, draws: outside },
          chance,
        })
      : null;
  return { ...overlap, notes, baselines: { ...baselines, ...ceilings, ceilingsIsoUtility } };
}

const NO_PARTS =
  'Regions of parts of the samples were asked for, and there are none: SNIP, Wanda and SafeNeuron have them, for ' +
  'datasets with enough samples.';

const NO_COMMON_PARTS =
  'There are no ceilings and no positions: they are taken from regions of parts of the samples (replicates), and the runs do ' +
  'not all have the same ones.';

const isWhole = (matrix: RatioMatrix | null): matrix is RatioMatrix =>
  matrix !== null && matrix.flat().every((value) => value !== null);

/**
 * The one nearest to how the method selects. That of shared weights is not known across runs. A procedure's may be below
 * what chance gives at the sizes found: prompts that keep neurons at random have next to none in common.
 */
function nearestFloor(
  { magnitudeFloor, magnitudeFloorError }: MethodOverlap['baselines'],
  procedure: RatioMatrix | null,
): PositionFloor {
  if (isWhole(magnitudeFloor)) {
    return { kind: 'magnitude', matrix: magnitudeFloor, error: magnitudeFloorError };
  }
  return procedure
    ? { kind: 'procedure', matrix: procedure, error: null }
    : { kind: 'random', matrix: null, error: null };
}

/** Outside the utility region chance is that of the density there. */
function outsideFloor({
  magnitudeFloorIsoUtility: matrix,
  magnitudeFloorIsoUtilityError: error,
}: MethodOverlap['baselines']): PositionFloor {
  return isWhole(matrix)
    ? { kind: 'magnitude', matrix, error }
    : { kind: 'random', matrix: null, error: null };
}

/** A procedure is taken at the size of halves. null for other methods than SafeNeuron. */
async function procedureOfHalves(
  places: readonly RegionPlace[],
  method: string,
): Promise<RatioMatrix | null> {
  const files: RegionFile[] = [];
  try {
    for (const place of places) {
      files.push(await RegionFile.open(partFile(place, method, halfId(place.dataset, 1))));
    }
    const floor = neuronFloor(
      files,
      files.map((_, i) => i),
    );
    return floor?.randomPairwise ?? null;
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}
