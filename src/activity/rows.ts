/** The rows of events, of refusals and of what was passed over as lines of the provisioning log. */
import { sql } from 'drizzle-orm'
import type { JsonObject } from '../scim/json'
import type { Cause } from '../events/append'
import type { EventType } from '../database/schema/event-types'
import type { RowOf } from '../database/field'
import { events, passedOver, refusals } from '../database/schema/events'

/** Outcome of a request. `passedOver`: done, and no change tells what was passed over. */
export const outcomes = ['changed', 'failed', 'passedOver'] as const

export type Outcome = (typeof outcomes)[number]

/** The name of a line: its table, and the number of its row there, of several the last. */
export interface LineKey {
  readonly kind: LineKind
  readonly seq: number
}

export const lineKinds = ['event', 'refusal', 'passedOver'] as const

type LineKind = (typeof lineKinds)[number]

/** One request of the log. */
export interface Activity {
  readonly key: LineKey
  readonly outcome: Outcome
  readonly at: number
  readonly cause: Cause
  /** The refused request, and the reason. */
  readonly failure?: {
    readonly method: string
    readonly path: string
    readonly status: number
    readonly code: string
    readonly detail: string
    readonly subject: string | null
  }
  /** The request of which the cause says what was passed over. */
  readonly request?: {
    readonly method: string
    readonly path: string
    readonly status: number
    readonly subject: string | null
  }
  /** Changes in their order. */
  readonly changes?: readonly {
    readonly seq: number
    readonly type: EventType
    readonly resourceId: string
    readonly memberId: string | null
    readonly name: string
    readonly changes: JsonObject
  }[]
  /** True where the request made more changes than these. */
  readonly isPart?: boolean
}

/** Place of a reader in the log: a number of each table. */
export type ActivityPlace = Readonly<Record<LineKind, number>>

/** Fields of an event in the log; `name` is empty where the resource has none. */
export const eventFields = {
  seq: events.seq,
  at: events.at,
  type: events.type,
  resourceId: events.resourceId,
  memberId: events.memberId,
  name: sql<string>`coalesce(${events.resource} ->> '$.userName',
    ${events.resource} ->> '$.displayName', ${events.resource} ->> '$.label', '')`,
  changes: events.changes,
  cause: events.cause,
}

/** Fields of a refusal in the log. */
export const refusalFields = {
  seq: refusals.seq,
  at: refusals.at,
  method: refusals.method,
  path: refusals.path,
  status: refusals.status,
  code: refusals.code,
  detail: refusals.detail,
  subject: refusals.subject,
  cause: refusals.cause,
}

/** Fields of a request of which something was passed over. */
export const passedOverFields = {
  seq: passedOver.seq,
  at: passedOver.at,
  method: passedOver.method,
  path: passedOver.path,
  status: passedOver.status,
  subject: passedOver.subject,
  cause: passedOver.cause,
}

/** A row as a line of the log, with its place in the table that it comes from. */
export interface LogLine extends LineKey {
  readonly activity: Activity
}

export function asEvent(row: RowOf<typeof eventFields>): LogLine {
  const { seq, at, type, resourceId, memberId, name, changes, cause } = row
  const change = { seq, type, resourceId, memberId, name, changes }
  return lineOf('event', seq, { outcome: 'changed', at, cause, changes: [change] })
}

/** `subject` is the name of the person or team, as far as the query knows it. */
export function asRefusal({ seq, at, cause, ...failure }: RowOf<typeof refusalFields>): LogLine {
  return lineOf('refusal', seq, { outcome: 'failed', at, cause, failure })
}

export function asPassedOver({
  seq,
  at,
  cause,
  ...request
}: RowOf<typeof passedOverFields>): LogLine {
  return lineOf('passedOver', seq, { outcome: 'passedOver', at, cause, request })
}

function lineOf(kind: LineKind, seq: number, activity: Omit<Activity, 'key'>): LogLine {
  return { kind, seq, activity: { ...activity, key: { kind, seq } } }
}

/**
 * Rows of several tables as one list by their times, the earliest or the latest first. Each table keeps the
 * order of its numbers, whatever its times say: the clocks of two machines differ, and a place behind a row
 * has to have all before it.
 */
export function merge(tables: readonly (readonly LogLine[])[], first: 'earliest' | 'latest') {
  const sign = first === 'earliest' ? 1 : -1
  const timed = tables.flatMap((lines) => {
    let time = -Infinity
    return lines.map((line) => {
      time = Math.max(time, sign * line.activity.at)
      return { line, time }
    })
  })
  return timed.toSorted((left, right) => left.time - right.time).map(({ line }) => line)
}

/**
 * Joins changes of one request that follow each other to one line, in the order they were made;
 * the list itself may have the latest first. Each operation of a Bulk has a cause of its own.
 */
export function joinChanges(list: readonly Activity[]): Activity[] {
  const result: Activity[] = []
  for (const activity of list) {
    const last = result.at(-1)
    const isSame =
      last?.changes && activity.changes && last.cause.requestId === activity.cause.requestId
    if (isSame) {
      const changes = [...(last.changes ?? []), ...(activity.changes ?? [])]
      result[result.length - 1] = {
        ...last,
        key: last.key.seq > activity.key.seq ? last.key : activity.key,
        cause: joinCauses(last.cause, activity.cause),
        changes: changes.toSorted((left, right) => left.seq - right.seq),
        ...(last.isPart || activity.isPart ? { isPart: true } : {}),
      }
    } else result.push(activity)
  }
  return result
}

function joinCauses(one: Cause, other: Cause): Cause {
  const tolerated = [...new Set([...(one.tolerated ?? []), ...(other.tolerated ?? [])])]
  const all = [...(one.passedOver ?? []), ...(other.passedOver ?? [])]
  // Each change of one operation has the same cause.
  const passed = new Map(all.map((entry) => [JSON.stringify(entry), entry]))
  return {
    ...one,
    ...(tolerated.length > 0 ? { tolerated } : {}),
    ...(passed.size > 0 ? { passedOver: [...passed.values()] } : {}),
  }
}
