/**
 * A call to the Durable Object of a team, repeated when the object was reset under it, or when the
 * object lost D1 from sight. Every command of a team finds out whether it was done before.
 */
import { err, type Result } from '../result'
import { isBeyondCalls } from '../database/batch'
import { noteIfStandstill, type Standstill } from '../database/standstill'
import { objectNamed } from '../object-location'
import { scimError, type ErrorCode, type ScimError } from '../scim/error'
import { logFailure } from '../failure'
import { timeLeft } from '../directory/request'
import type { Team } from '../teams/team'
import type { TeamRequest } from '../teams/commands'
import { within } from '../time'
import type { ScimContext } from './context'
import { answerTime, directoryRequest } from './request'

const tries = 3

/** Errors of a call whose object was deployed anew or moved: documented as worth another try. */
const passing = /code was updated|Network connection lost|Durable Object reset/i

/** The request for a team's object; `shown` says how many of the members come back. */
export function teamRequest(
  c: ScimContext,
  teamId: string,
  shown: TeamRequest['members'],
): TeamRequest {
  return {
    ...directoryRequest(c),
    teamId,
    baseUrl: c.get('baseUrl'),
    members: shown,
    isRepeated: false,
  }
}

/**
 * Calls the object of a team, at most three times. A call may wait for others that wait for D1, and
 * no provider waits for ever: refused with `noAnswer` when the time of the request is over, after
 * which nothing is done for it; `interrupted` after three lost calls, `unavailable` when the object
 * is overloaded, `unforeseen` for an error that nobody has described.
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
      const team = objectNamed(c.env.TEAM, name, c.env) as unknown as Team
      const patience = Math.max(timeLeft(request), 0) + answerTime
      const outcome = await within(patience, call(team, { ...request, isRepeated: count > 1 }))
      if (!outcome) return err(scimError('noAnswer'))
      const code = outcome.ok ? undefined : outcome.error.code
      if (code !== undefined) noteIfStandstill(standstillCodes[code] ?? '')
      if (code !== undefined && isNotDone(code)) return count === 1 ? outcome : interrupted
      if (code !== 'interrupted' || count === tries) return outcome
    } catch (error) {
      if (isOverloaded(error)) return notTaken(count, 'unavailable')
      if (isBeyondCalls(error)) {
        noteIfStandstill('calls')
        return notTaken(count, 'tooManyCalls')
      }
      if (!isPassing(error)) {
        logFailure('A call of a team failed', request.requestId, error)
        return err(scimError('unforeseen'))
      }
      if (count === tries) return err(scimError('interrupted'))
    }
    await scheduler.wait(20 * count + Math.random() * 50)
  }
}

const interrupted = err(scimError('interrupted'))

/** The refusal of a call that was not carried out; those before it may have been. */
function notTaken(count: number, code: 'unavailable' | 'tooManyCalls'): Result<never, ScimError> {
  return count === 1 ? err(scimError(code)) : interrupted
}

/** Limits that the object has met: the Worker may run in another isolate. */
const standstillCodes: Partial<Record<ErrorCode, Standstill>> = {
  databaseFull: 'full',
  tooManyCalls: 'calls',
  dailyLimit: 'daily',
}

/** True for the refusal of a platform that did nothing. */
function isNotDone(code: ErrorCode): boolean {
  return code === 'unavailable' || code in standstillCodes
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
