import type { GroupOverlap } from '../../../core/masks/overlapReport';
import { nlsr } from '../../../core/methods/nlsr';
import type { QueryHandler } from './queryHandler';

export const adapterOverlap: QueryHandler<'adapterOverlap'> = async (_, { runs, signal }) => {
  const { regions, pairwise, baselines, byModule } = await runs.overlap(nlsr.id, signal);
  const parts = [
    { part: 'pooled' as const, pairwise, randomPairwise: baselines.randomPairwise },
    ...partOf('A', byModule.lora_A),
    ...partOf('B', byModule.lora_B),
  ];
  return { regions: regions.map(({ id }) => id), parts };
};

const partOf = <P extends string>(
  part: P,
  group: GroupOverlap | undefined,
): (GroupOverlap & { part: P })[] => (group ? [{ part, ...group }] : []);
