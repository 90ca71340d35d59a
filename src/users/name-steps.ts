/** Steps of a list of changes of people: those who hand a name on do so one after the other. Pure. */
import { userNameKey } from '../guard/names/keys'
import type { PreparedChange } from './prepare-change'

/** The part of a change that its place depends on. */
export type Naming = Pick<PreparedChange, 'old' | 'after'>

/**
 * The changes in their order, cut where one of a step gets the name that another one of it gives away, or
 * gets as well. A statement over a list writes rows in an order of its own, and a name is free only
 * after whoever had it. A step after the first begins with a person who gets another name.
 */
export function stepsByName<Change extends Naming>(list: readonly Change[]): readonly Change[][] {
  const steps: Change[][] = []
  let step: Change[] = []
  let names = new Set<string>()
  for (const change of list) {
    const own = namesOf(change)
    if (own.some((name) => names.has(name))) {
      steps.push(step)
      step = []
      names = new Set()
    }
    step.push(change)
    for (const name of own) names.add(name)
  }
  return [...steps, step]
}

/** The (folded) names that a change gives away and takes; none for a person who keeps the name. */
function namesOf({ old, after }: Naming): string[] {
  const [before, next] = [userNameKey(old.attributes), userNameKey(after)]
  return before === next ? [] : [before, next]
}
