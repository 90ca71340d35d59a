/**
 * The step between a route and its command: runs the command with the cached credential, and once
 * more if that was stale.
 */
import { err, type Result } from '../result'
import { scimError, type ErrorCode, type ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { noteSchemas, refusedTolerance } from '../scim/profile'
import { startReading } from '../scim/tolerance/reading'
import { userType } from '../scim/user'
import { refreshCredential } from '../tokens/credential-cache'
import { afterResponse, type ScimContext } from './context'
import { replyError } from './reply'
import { requestRefusal } from './tolerate'

/** Refusals that came from D1, in a batch that checked the token as well. */
const decidedByD1: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'resourceNotFound',
  'userNameTaken',
  'teamNameTaken',
  'unknownMembers',
  'versionMismatch',
])

/** Refusals that other settings would not give. */
const decidedBySettings: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unauthorized',
  'nameCharacters',
  'emailCapitals',
  'invisibleCharacters',
  'notAnAddress',
  'notTolerated',
  'routeNotFound',
  'invalidFilter',
  'unknownFilter',
  'invalidPath',
  'invalidQuery',
  'missingAttribute',
  'tenantFull',
])

/**
 * Runs a command; when it was refused because of what a cache remembers, asks D1 who the token
 * belongs to now. Changed settings make it run again with them, a revoked token stays refused.
 */
export async function withCredential<T>(
  c: ScimContext,
  command: () => Promise<Result<T, ScimError>>,
  tries = 8,
): Promise<Result<T, ScimError>> {
  const run = (): Promise<Result<T, ScimError>> => {
    const refused = requestRefusal(c)
    return refused ? Promise.resolve(err(refused)) : command()
  }
  const first = await run()
  if (first.ok || decidedByD1.has(first.error.code)) c.set('isConfirmed', true)
  if (first.ok || !decidedBySettings.has(first.error.code)) return first
  const before = c.get('credential')
  const found = await refreshCredential(c.env, before.hash, (work) => afterResponse(c, work))
  if (!found.ok) return err(scimError('unavailable'))
  if (found.value?.slug !== before.slug) return err(scimError('unauthorized'))
  c.set('isConfirmed', true)
  if (found.value.revision === before.revision && first.error.code !== 'unauthorized') return first
  c.set('credential', found.value)
  // Settings, and what is observed, may change once more while the command runs.
  if (tries > 1) return withCredential(c, command, tries - 1)
  const last = await run()
  const isOutrun = !last.ok && last.error.code === 'unauthorized'
  return isOutrun ? err(scimError('unavailable')) : last
}

/** Steps of a route: what was asked, the command, the answer. */
interface Steps<Input, Output> {
  readonly read: (c: ScimContext) => Result<Input, ScimError> | Promise<Result<Input, ScimError>>
  readonly run: (c: ScimContext, input: Input) => Promise<Result<Output, ScimError>>
  readonly reply: (c: ScimContext, output: Output) => Response | Promise<Response>
}

/** A route that changes something: when it fails from its command on, the change may be there. */
export function changing<Input, Output>(steps: Steps<Input, Output>) {
  return handler({
    ...steps,
    run(c, input: Input) {
      c.set('mayHaveChanged', true)
      return steps.run(c, input)
    },
  })
}

/** A route of three steps. A refusal of any of them is the answer. */
export function handler<Input, Output>({ read, run, reply }: Steps<Input, Output>) {
  return async function handle(c: ScimContext): Promise<Response> {
    const input = await read(c)
    if (!input.ok) return replyError(c, input.error)
    const output = await withCredential(c, () => run(c, input.value))
    return output.ok ? reply(c, output.value) : replyError(c, output.error)
  }
}

/**
 * The refusal of a message without its URN in `schemas`, for profiles that require it; else
 * undefined.
 */
export function messageRefusal(
  c: ScimContext,
  body: JsonObject,
  urn: string,
): ScimError | undefined {
  const reading = startReading(userType, c.get('credential').settings.profile)
  noteSchemas(reading, body, urn)
  return refusedTolerance(reading)
}
