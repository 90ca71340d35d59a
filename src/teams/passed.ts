/** Parts of a change of a team that were passed over or warned of. Pure. */
import { joinPassed, passedLate, type Passed } from '../scim/passed-over/notes'
import type { TeamAnswer } from './commands'

/** Skipped people who are named one by one. */
const maximumNamed = 10

/** With what only the outcome of the write tells: who was skipped, and who left without a word. */
export function passedByTeam({ team, passed, skipped, skippedCount, removed }: TeamAnswer): Passed {
  const named = skipped.slice(0, maximumNamed)
  const late = named.map((id) =>
    passedLate('membersSkipped', id, 'No user of the tenant has this id: nobody joined.', team.id),
  )
  const more = skippedCount - named.length
  if (more > 0) {
    late.push(
      passedLate('membersSkipped', 'others', 'Further ones of the same kind.', team.id, more),
    )
  }
  if (removed > 0) {
    const left = removed === 1 ? '1 person' : `${removed} people`
    const why = `${left} left: the PUT named no members.`
    late.push(passedLate('membersRemoved', 'members', why, team.id, removed))
  }
  return joinPassed([passed, ...late])
}
