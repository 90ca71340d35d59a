/** Bodies of the API: read by a schema, or answered with a problem that says what is wrong. */
import { readQuery } from '../../http/query'
import type { Context, MiddlewareHandler } from 'hono'
import type * as z from 'zod/mini'
import { encodingOf } from '../../http/body-encoding'
import { exactly } from '../../http/exactly'
import { faultOfMembers } from '../../http/json-members'
import { err, ok, type Result } from '../../result'
import type { AdminTypes } from './context'
import { problems, replyBadQuery, replyFault, replyInvalid, replyProblem } from './problem'

/** Bodies of these types are JSON. */
const json = /^application\/([\w.-]+\+)?json\s*(;|$)/i

const empty = exactly({})

type Validated<T extends z.ZodMiniType> = MiddlewareHandler<
  AdminTypes,
  string,
  { in: { json: z.input<T> }; out: { json: z.output<T> } }
>

/** Refuses parameters in the address, for routes that take none. */
export const noQuery: MiddlewareHandler<AdminTypes> = async function refuseQuery(c, next) {
  const query = readQuery(empty, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  await next()
  return undefined
}

/** Validates the body of a call, which takes nothing else. One has to be sent. */
export function body<T extends z.ZodMiniType>(schema: T): Validated<T> {
  return validated(schema, undefined)
}

/** Validates the body of a call, which takes nothing else; without one it counts as `{}`. */
export function optionalBody<T extends z.ZodMiniType>(schema: T): Validated<T> {
  return validated(schema, {})
}

/** Refuses whatever is sent with a call. */
export const nothing = optionalBody(empty)

function validated<T extends z.ZodMiniType>(schema: T, absent: unknown): Validated<T> {
  return async function validateBody(c, next) {
    const query = readQuery(empty, c.req.url)
    if (!query.ok) return replyBadQuery(c, query.error)
    const given = await readJson(c, absent)
    if (!given.ok) return given.error
    const read = schema.safeParse(given.value)
    if (!read.success) return replyInvalid(c, read.error)
    c.req.addValidatedData('json', read.data as object)
    await next()
    return undefined
  }
}

/** Reads a body as JSON; what is sent under another type is refused, never passed over. */
async function readJson(c: Context, absent: unknown): Promise<Result<unknown, Response>> {
  const text = await c.req.text()
  if (text === '') {
    return absent === undefined ? err(replyProblem(c, problems.missingBody)) : ok(absent)
  }
  const isJson = json.test(c.req.header('Content-Type')?.trim() ?? '')
  if (!isJson || encodingOf(c) !== undefined) return err(replyProblem(c, problems.notJson))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return err(replyProblem(c, problems.malformedJson))
  }
  const fault = faultOfMembers(text)
  return fault ? err(replyFault(c, `/${fault.path.join('/')}`, fault.detail)) : ok(value)
}
