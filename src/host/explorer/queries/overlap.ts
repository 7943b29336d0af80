import type { GroupOverlap, MethodOverlap } from '../../../core/masks/overlapReport';
import { inputError } from '../../../protocol/errors';
import type { Measure, Pairs, Scope } from '../../../protocol/explorer/overlap';
import type { QueryHandler } from './queryHandler';

export const overlap: QueryHandler<'overlap'> = async (
  { method, measure, scope, group },
  { runs, signal },
) => {
  // Heads take a count of their own: only where they are asked for.
  const found = await runs.overlap(method, signal, { heads: scope === 'head' });
  const { universe, utility, notes, regions, baselines } = found;
  const common = {
    universe,
    utility,
    notes,
    regions: regions.map(({ id, size, density, isolatedSize }) => ({ id, size, density, isolatedSize })),
  };
  if (scope !== 'all') return { ...common, ...ofGroup(found, scope, group), isoUtility: null, beside: null };
  return {
    ...common,
    groups: [],
    group: '',
    ...ofAll(found, measure),
    beside:
      measure === 'iou'
        ? {
            magnitudeFloor: baselines.magnitudeFloor,
            splitHalfCeiling: baselines.splitHalfCeiling,
            position: baselines.position?.map((row) => row.map((of) => of?.value ?? null)) ?? null,
          }
        : null,
  };
};

function ofAll(
  { pairwise, pairwiseMacro, dice, overlapCoefficient, isoUtility, baselines }: MethodOverlap,
  measure: Measure,
): { plain: Pairs; isoUtility: Pairs | null } {
  const iso = isoUtility && baselines.isoUtility ? { found: isoUtility, floors: baselines.isoUtility } : null;
  switch (measure) {
    case 'iou':
      return {
        plain: { values: pairwise, random: baselines.randomPairwise },
        isoUtility: iso && { values: iso.found.pairwise, random: iso.floors.randomPairwise },
      };
    case 'iouMacro':
      return {
        plain: { values: pairwiseMacro, random: baselines.randomPairwiseMacro },
        isoUtility: iso && { values: iso.found.pairwiseMacro, random: iso.floors.randomPairwiseMacro },
      };
    case 'dice':
      return { plain: { values: dice, random: baselines.randomDice }, isoUtility: null };
    case 'overlapCoefficient':
      return {
        plain: { values: overlapCoefficient, random: baselines.randomOverlapCoefficient },
        isoUtility: null,
      };
  }
}

function ofGroup(
  { byLayer, byModule, byHead }: MethodOverlap,
  scope: Exclude<Scope, 'all'>,
  wanted: string,
): { groups: string[]; group: string; plain: Pairs } {
  const all = new Map<string, GroupOverlap>(
    scope === 'layer'
      ? Object.entries(byLayer)
      : scope === 'module'
        ? Object.entries(byModule)
        : Object.entries(byHead).flatMap(([layer, kinds]) =>
            Object.entries(kinds).flatMap(([kind, heads]) =>
              Object.entries(heads).map(
                ([head, of]) => [`layer ${layer}, ${kind} head ${head}`, of] as const,
              ),
            ),
          ),
  );
  const groups = [...all.keys()];
  const group = all.has(wanted) ? wanted : (groups[0] ?? '');
  const found = all.get(group);
  if (!found) {
    throw inputError(
      'scope-empty',
      `The regions of this method are not counted by ${scope}: their units belong to none, or their files do not say to which.`,
      'Choose another part of the model.',
    );
  }
  return { groups, group, plain: { values: found.pairwise, random: found.randomPairwise } };
}
