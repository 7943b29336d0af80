import type { OverlapMeasures, RandomFloors } from '../../../core/masks/overlapReport';
import type { OverlapView } from '../../../protocol/explorer/overlap';
import type { QueryHandler } from './queryHandler';

export const overlap: QueryHandler<'overlap'> = async ({ method }, { runs, signal }) => {
  const found = await runs.overlap(method, signal);
  const { isoUtility, baselines } = found;
  return {
    universe: found.universe,
    regions: found.regions.map(({ id, size, density, isolatedSize }) => ({
      id,
      size,
      density,
      isolatedSize,
    })),
    utility: found.utility,
    notes: found.notes,
    plain: overlapView(found, baselines),
    isoUtility: isoUtility && baselines.isoUtility ? overlapView(isoUtility, baselines.isoUtility) : null,
  };
};

const overlapView = (measured: OverlapMeasures, floors: RandomFloors): OverlapView => ({
  pairwise: measured.pairwise,
  randomPairwise: floors.randomPairwise,
  forward: measured.forward,
  backward: measured.backward,
  randomForward: floors.randomForward,
  randomBackward: floors.randomBackward,
});
