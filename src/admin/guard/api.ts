/** What waits, as JSON: the holds of a tenant, what is in them, and the operator's decision. */
import * as z from 'zod/mini'
import { wakeDeliveries } from '../../webhooks/wake'
import { discard, release } from '../../guard/commands'
import { err, ok, type Result } from '../../result'
import { isoOrNull } from '../../time'
import { readChanges, type HeldChange } from '../../guard/changes'
import { findHold, listHolds, type Hold } from '../../guard/holds'
import { idOf } from '../../http/id'
import { authorOf, type AdminContext } from '../shell/context'
import { accessOf, effectOf } from './effect'
import { pageSize } from '../shell/forms'
import { problems, replyBadQuery, replyInvalid, replyProblem, replyRefusal } from '../shell/problem'
import { holdPlace } from './forms'

const ids = z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.maxLength(5_000))

/** Without people and teams all of the hold is meant. */
const decision = z.strictObject({
  people: z.optional(ids),
  teams: z.optional(ids),
  /** Protected people that are released knowingly. */
  confirm: z._default(ids, []),
})

const pageQuery = z.object({
  limit: pageSize,
  cursor: z._default(holdPlace, { teamId: '', userId: '' }),
})

export async function getHolds(c: AdminContext): Promise<Response> {
  const found = await listHolds(c.env.DB, c.var.tenant.id)
  return found.ok ? c.json({ holds: found.value.map(showHold) }) : replyRefusal(c, found.error)
}

export async function getHold(c: AdminContext): Promise<Response> {
  const holdId = idOf(c)
  const found = await findHold(c.env.DB, c.var.tenant.id, holdId)
  if (!found.ok) return replyRefusal(c, found.error)
  return answerPage(c, holdId, showHold(found.value))
}

export function getDrift(c: AdminContext): Promise<Response> {
  return answerPage(c, undefined, {})
}

async function answerPage(
  c: AdminContext,
  holdId: string | undefined,
  head: object,
): Promise<Response> {
  const query = pageQuery.safeParse(c.req.query())
  if (!query.success) return replyBadQuery(c, query.error)
  const { limit, cursor } = query.data
  const page = await readChanges(
    c.env.DB,
    c.var.tenant.id,
    { holdId, some: undefined },
    { after: cursor, limit, isWhole: false },
  )
  if (!page.ok) return replyRefusal(c, page.error)
  const last = page.value.length === limit ? page.value.at(-1) : undefined
  const next = last ? `${last.teamId}.${last.userId}` : null
  return c.json({ ...head, changes: page.value.map(showChange), cursor: next })
}

export async function postRelease(c: AdminContext): Promise<Response> {
  const input = await readDecision(c)
  if (!input.ok) return input.error
  const holdId = idOf(c)
  const found = await findHold(c.env.DB, c.var.tenant.id, holdId)
  if (!found.ok) return replyRefusal(c, found.error)
  const done = await release(c.env.DB, c.var.tenant, {
    selection: { holdId, some: someOf(input.value) },
    confirmed: input.value.confirm,
    author: authorOf(c),
  })
  if (done.ok) {
    c.executionCtx.waitUntil(wakeDeliveries(c.env, c.var.tenant.id))
    return c.json(showHold(done.value ?? found.value))
  }
  const { error } = done
  return error.kind === 'unconfirmed'
    ? replyProblem(c, problems.unconfirmed, { people: error.people })
    : replyRefusal(c, error)
}

/** Lets what was discarded reach the application after all. */
export async function postDriftRelease(c: AdminContext): Promise<Response> {
  const input = await readDecision(c)
  if (!input.ok) return input.error
  const done = await release(c.env.DB, c.var.tenant, {
    selection: { holdId: undefined, some: someOf(input.value) },
    confirmed: input.value.confirm,
    author: authorOf(c),
  })
  if (done.ok) {
    c.executionCtx.waitUntil(wakeDeliveries(c.env, c.var.tenant.id))
    return c.body(null, 204)
  }
  const { error } = done
  return error.kind === 'unconfirmed'
    ? replyProblem(c, problems.unconfirmed, { people: error.people })
    : replyRefusal(c, error)
}

export async function postDiscard(c: AdminContext): Promise<Response> {
  const input = await readDecision(c)
  if (!input.ok) return input.error
  const holdId = idOf(c)
  const done = await discard(c.env.DB, c.var.tenant, {
    selection: { holdId, some: someOf(input.value) },
    author: authorOf(c),
  })
  if (!done.ok) return replyRefusal(c, done.error)
  return done.value ? c.json(showHold(done.value)) : replyProblem(c, problems.notFound)
}

function someOf({ people, teams }: z.infer<typeof decision>) {
  if (people === undefined && teams === undefined) return undefined
  return { people: people ?? [], teams: teams ?? [] }
}

/** No body at all is a decision about everything. */
async function readDecision(c: AdminContext): Promise<Result<z.infer<typeof decision>, Response>> {
  const text = await c.req.text()
  let body: unknown
  try {
    body = text === '' ? {} : JSON.parse(text)
  } catch {
    return err(replyProblem(c, problems.malformedJson))
  }
  const read = decision.safeParse(body)
  return read.success ? ok(read.data) : err(replyInvalid(c, read.error))
}

function showHold(hold: Hold) {
  const { openedAt, closedAt, ...shown } = hold
  return {
    ...shown,
    state: closedAt === null ? 'open' : 'closed',
    opened: isoOrNull(openedAt),
    closed: isoOrNull(closedAt),
  }
}

function showChange(change: HeldChange) {
  const { teamId, userId, userName, teamName, released, directory, at, cause, reason } = change
  return {
    effect: effectOf(change),
    access: accessOf(change),
    ...(userId === '' ? {} : { person: { id: userId, userName } }),
    ...(teamId === '' ? {} : { team: { id: teamId, displayName: teamName } }),
    ...(change.kind === 'member' ? {} : { application: released, provider: directory }),
    reason,
    since: new Date(at).toISOString(),
    cause,
  }
}
