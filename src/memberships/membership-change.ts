/** The net effect of a request on the members of one team. */
export interface MembershipChange {
  /** True: whoever is not in `joins` leaves. */
  readonly isReplacement: boolean
  /** User ids that shall be in, each once. */
  readonly joins: readonly string[]
  /** User ids that shall not be in; none of them in `joins`. Not used by a replacement. */
  readonly leaves: readonly string[]
  /** The number of the cause of each of them; the first where absent. */
  readonly causeOf?: ReadonlyMap<string, number>
}

export const noMembershipChange: MembershipChange = { isReplacement: false, joins: [], leaves: [] }

export function changesMembers(change: MembershipChange): boolean {
  return change.isReplacement || change.joins.length > 0 || change.leaves.length > 0
}
