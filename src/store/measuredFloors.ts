/** What the runs measured beside their regions, joined to the report of one method. */
import type { MeasuredFloors } from '../core/masks/floorReport';
import type { MethodOverlap, RatioMatrix } from '../core/masks/overlapReport';
import { pairPositions } from '../core/masks/pairPosition';
import { halfId } from '../core/run/replicates';
import { magnitudeFloors } from './magnitudeRuns';
import { neuronFloor } from './neuronFloor';
import { RegionFile } from './regionFile';
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
  const { kind, floor } = await highestFloor(baselines, places, method);
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
  'Regions of parts of the samples were asked for, and there are none: SNIP, Wanda and SafeNeuron have them, for ' +
  'datasets with enough samples.';

interface Floor {
  readonly kind: NonNullable<MeasuredFloors['positionFloor']>;
  readonly floor: RatioMatrix;
}

/** That of shared weights says most; across runs it is not known. A procedure is taken at the size of halves. */
async function highestFloor(
  { magnitudeFloor, randomPairwise, randomProcedure }: MethodOverlap['baselines'],
  places: readonly RegionPlace[],
  method: string,
): Promise<Floor> {
  if (magnitudeFloor?.flat().every((value) => value !== null))
    return { kind: 'magnitude', floor: magnitudeFloor };
  const ofHalves = randomProcedure && (await procedureOfHalves(places, method));
  if (ofHalves) return { kind: 'procedure', floor: ofHalves };
  return { kind: 'random', floor: randomPairwise };
}

async function procedureOfHalves(
  places: readonly RegionPlace[],
  method: string,
): Promise<RatioMatrix | null> {
  const files: RegionFile[] = [];
  try {
    for (const { run, dataset } of places) {
      files.push(await RegionFile.open(run.file('replicates', method, `${halfId(dataset, 1)}.safetensors`)));
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
