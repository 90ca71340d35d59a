/** Which of the changes that wait together have to wait no longer. Pure. */

/** A change that waits only because of others, and what it waits for, as keys of the overlay. */
export interface Waiting {
  readonly teamId: string
  readonly userId: string
  readonly kind: 'user' | 'team' | 'member'
  /** Id of whom the application sees by the name; null for nobody. */
  readonly holder: string | null
  /** True when the application does not know the team, or the person, of a membership. */
  readonly isTeamUnknown: boolean
  readonly isPersonUnknown: boolean
  /** True for somebody whose name from before somebody else has, while Entra made the own one unusable. */
  readonly isReplaced: boolean
}

/** Those that have to wait no longer: the most of them that need nothing but each other. */
export function freeOf(list: readonly Waiting[]): readonly Waiting[] {
  const free = new Map(list.filter(({ isReplaced }) => !isReplaced).map((one) => [keyOf(one), one]))
  const isFree = (one: Waiting) => {
    if (one.kind === 'member') {
      const hasTeam = !one.isTeamUnknown || free.has(`${one.teamId}/`)
      return hasTeam && (!one.isPersonUnknown || free.has(`/${one.userId}`))
    }
    return (
      one.holder === null || free.has(one.kind === 'user' ? `/${one.holder}` : `${one.holder}/`)
    )
  }
  for (let size = -1; size !== free.size;) {
    size = free.size
    for (const [key, one] of free) if (!isFree(one)) free.delete(key)
  }
  return [...free.values()]
}

function keyOf({ teamId, userId }: Pick<Waiting, 'teamId' | 'userId'>): string {
  return `${teamId}/${userId}`
}
