/** Order of new names in which no two people, and no two teams, have the same for a moment. Pure. */

/** A person or team that gets a new name; the (folded) present one is null for somebody unknown. */
export interface Renaming {
  readonly id: string
  readonly from: string | null
  readonly to: string
}

/** A step: the new name, or a stand-in where each waits for the name of the next one. */
export interface RenamingStep {
  readonly id: string
  readonly isStandIn: boolean
}

/**
 * Orders renamings: each follows the one that gives its name away. Of those that wait for each other
 * in a circle, one gets a stand-in first, and its new name at the end.
 */
export function orderRenamings(list: readonly Renaming[]): RenamingStep[] {
  const owners = new Map(list.flatMap((one) => (one.from === null ? [] : [[one.from, one]])))
  const states = new Map<string, 'open' | 'done'>()
  const steps: RenamingStep[] = []
  for (const first of list) {
    const path: Renaming[] = []
    let next: Renaming | undefined = first
    while (next && !states.has(next.id)) {
      states.set(next.id, 'open')
      path.push(next)
      const owner = owners.get(next.to)
      next = owner?.id === next.id ? undefined : owner
    }
    if (next && states.get(next.id) === 'open') steps.push({ id: next.id, isStandIn: true })
    for (const { id } of path.toReversed()) {
      states.set(id, 'done')
      steps.push({ id, isStandIn: false })
    }
  }
  return steps
}
