import type { GroupOverlap, MethodOverlap } from '../../core/masks/overlapReport';

/** `byHead` as one list of groups, such as 0.q.3: layer 0, module q, head 3. */
export function headGroups({ byHead }: MethodOverlap): Record<string, GroupOverlap> {
  return Object.fromEntries(
    Object.entries(byHead).flatMap(([layer, modules]) =>
      Object.entries(modules).flatMap(([module, heads]) =>
        Object.entries(heads).map(([head, group]) => [`${layer}.${module}.${head}`, group] as const),
      ),
    ),
  );
}
