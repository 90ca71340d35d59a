/** The rows of events and refusals as lines of the provisioning log. */
import { sql } from 'drizzle-orm'
import type { JsonObject } from '../scim/json'
import type { Cause } from '../events/append'
import { textOrNull, type Row } from '../database/row'
import { events } from '../database/schema/events'

/** One request of the log. */
export interface Activity {
  readonly outcome: 'changed' | 'failed'
  readonly at: number
  readonly cause: Cause
  /** What failed, and why. */
  readonly failure?: {
    readonly method: string
    readonly path: string
    readonly status: number
    readonly code: string
    readonly detail: string
    readonly subject: string | null
  }
  /** What changed, in order. */
  readonly changes?: readonly {
    readonly seq: number
    readonly type: string
    readonly resourceId: string
    readonly memberId: string | null
    readonly name: string
    readonly changes: JsonObject
  }[]
}

/** How far a reader of the log has come. */
export interface ActivityPlace {
  readonly event: number
  readonly refusal: number
}

/** What is read of an event. */
export const eventFields = sql`${events.seq} as seq, ${events.at} as at, ${events.type} as type,
  ${events.resourceId} as resource_id, ${events.memberId} as member_id,
  coalesce(${events.resource} ->> '$.userName', ${events.resource} ->> '$.displayName',
    ${events.resource} ->> '$.label') as name,
  ${events.changes} as changes, ${events.cause} as cause`

/** A line of the log with its place in the table that it comes from. */
export interface LogLine {
  readonly kind: 'event' | 'refusal'
  readonly seq: number
  readonly activity: Activity
}

export function asEvent(row: Row): LogLine {
  const seq = Number(row['seq'])
  const change = {
    seq,
    type: String(row['type']),
    resourceId: String(row['resource_id']),
    memberId: textOrNull(row['member_id']),
    name: textOrNull(row['name']) ?? '',
    changes: JSON.parse(String(row['changes'])) as JsonObject,
  }
  return {
    kind: 'event',
    seq,
    activity: { outcome: 'changed', ...common(row), changes: [change] },
  }
}

/** `subject` is whom the request was about, as far as the query knows. */
export function asRefusal(row: Row): LogLine {
  const failure = {
    method: String(row['method']),
    path: String(row['path']),
    status: Number(row['status']),
    code: String(row['code']),
    detail: String(row['detail']),
    subject: textOrNull(row['subject']),
  }
  return {
    kind: 'refusal',
    seq: Number(row['seq']),
    activity: { outcome: 'failed', ...common(row), failure },
  }
}

function common(row: Row): { at: number; cause: Cause } {
  return { at: Number(row['at']), cause: JSON.parse(String(row['cause'])) as Cause }
}

/**
 * The changes of one request that follow each other are one line, in the order they were made;
 * the list itself may have the latest first.
 */
export function joined(list: readonly Activity[]): Activity[] {
  const result: Activity[] = []
  for (const one of list) {
    const last = result.at(-1)
    const isSame = last?.changes && one.changes && last.cause.requestId === one.cause.requestId
    if (isSame) {
      const changes = [...(last.changes ?? []), ...(one.changes ?? [])]
      result[result.length - 1] = {
        ...last,
        changes: changes.toSorted((left, right) => left.seq - right.seq),
      }
    } else result.push(one)
  }
  return result
}
