import type { LinearGroup, LinearMember } from '../../core/model/decoderSpec';
import type { PassContext } from './passContext';

/** A matrix that is scored, and where it lies. */
export interface PlacedMember {
  readonly group: LinearGroup;
  readonly member: LinearMember;
  /** Row of the group's stacked matrix where this member begins. */
  readonly memberFirstRow: number;
}

export function membersOf({ spec }: Pick<PassContext, 'spec'>): PlacedMember[] {
  return spec.groups.flatMap((group) => {
    let next = 0;
    return group.members.map((member) => {
      const memberFirstRow = next;
      next += member.rows;
      return { group, member, memberFirstRow };
    });
  });
}
