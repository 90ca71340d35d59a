/**
 * A call to the Durable Object of a team, repeated when the object was reset under it, or when the
 * object lost D1 from sight. Every command of a team finds out whether it was done before.
 */
import { err, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { Team } from '../teams/team'
import type { TeamRequest } from '../teams/commands'
import { within } from '../time'
import type { ScimContext } from './context'
import { directoryRequest } from './request'

const tries = 3

/** Milliseconds: a call may wait for others that wait for D1, and no provider waits for ever. */
const callTime = 25_000

/** Errors of a call whose object was deployed anew or moved: documented as worth another try. */
const passing = /code was updated|Network connection lost|Durable Object reset/i

/** The request for a team's object; `shown` says how many of the members come back. */
export function teamRequest(
  c: ScimContext,
  teamId: string,
  shown: TeamRequest['members'],
): TeamRequest {
  return { ...directoryRequest(c), teamId, members: shown, isRepeated: false }
}

/**
 * Calls the object of a team, at most three times. Refused with `noAnswer` after 25 seconds,
 * `interrupted` after three lost calls, `unavailable` when it is overloaded.
 */
export async function callTeam<T>(
  c: ScimContext,
  request: TeamRequest,
  call: (team: Pick<Team, keyof Team>, request: TeamRequest) => Promise<Result<T, ScimError>>,
): Promise<Result<T, ScimError>> {
  for (let count = 1; ; count += 1) {
    try {
      // A stub whose object was reset stays broken, so each try takes a new one.
      const name = `${request.credential.tenantId}/${request.teamId}`
      const team = c.env.TEAM.getByName(name) as unknown as Team
      const outcome = await within(callTime, call(team, { ...request, isRepeated: count > 1 }))
      if (!outcome) return err(scimError('noAnswer'))
      const isInterrupted = !outcome.ok && outcome.error.code === 'interrupted'
      if (!isInterrupted || count === tries) return outcome
    } catch (error) {
      if (isOverloaded(error)) return err(scimError('unavailable'))
      if (!isPassing(error)) throw error
      if (count === tries) return err(scimError('interrupted'))
    }
    await scheduler.wait(20 * count + Math.random() * 50)
  }
}

function isOverloaded(error: unknown): boolean {
  return error instanceof Error && 'overloaded' in error && error.overloaded === true
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const isMarked = ['retryable', 'durableObjectReset'].some(
    (mark) => Reflect.get(error, mark) === true,
  )
  return isMarked || passing.test(error.message)
}
