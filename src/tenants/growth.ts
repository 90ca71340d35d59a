/**
 * What a tenant stores, in bytes. Writers note what they added or took away in the memory of their
 * isolate, and one statement after an answer counts it in the tenant's row once it is enough: so an
 * ordinary request costs nothing (`docs/decisions/0031-a-budget-of-stored-bytes.md`). `count.ts`
 * counts all of it every night.
 */
import { and, eq, gt, isNotNull, sql, type Column, type SQL } from 'drizzle-orm'
import { BoundedMap } from '../bounded-map'
import { runBatch } from '../database/batch'
import { update } from '../database/builder'
import { teams } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import { command, tenant, value } from '../database/statement'
import { isAscii } from '../scim/text/ascii'
import { defaultSettings } from './settings'

/** Bytes of a row beside its texts, with its places in the indexes, as a database was seen to grow. */
const resourceOverhead = 500
export const membershipBytes = 250
const lineOverhead = 150

/** Uncounted bytes of a tenant after which an isolate has them counted. */
export const uncountedBytes = 256 * 1024

/** The most bytes of an event of a membership, or of the cause of another one. */
export const eventBytes = 1_024

const encoder = new TextEncoder()

export function bytesIn(text: string): number {
  return isAscii(text) ? text.length : encoder.encode(text).length
}

/** Bytes of a person or a team by the bytes of its attributes: they stand in `search` once more. */
export function resourceBytes(attributes: number): number {
  return 2 * attributes + resourceOverhead
}

/** Bytes of a line of the provisioning log by its longest texts. */
export function lineBytes(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + bytesIn(text), lineOverhead)
}

/** What `resourceBytes` and `lineBytes` say, of rows. */
export const sizes = {
  resource: (attributes: Column): SQL =>
    sql`2 * octet_length(${attributes}) + ${sql.raw(String(resourceOverhead))}`,
  /** With its memberships. */
  team: sql`2 * octet_length(${teams.attributes}) + ${sql.raw(String(resourceOverhead))}
    + ${teams.memberCount} * ${sql.raw(String(membershipBytes))}`,
  line: (...texts: readonly Column[]): SQL =>
    sql.join(
      [sql.raw(String(lineOverhead)), ...texts.map((text) => sql`octet_length(${text})`)],
      sql` + `,
    ),
}

export const eventSize = sizes.line(events.resource, events.changes, events.cause)

/** Bytes that a write has added (or, where negative, taken away) in each part of what is stored. */
interface Growth {
  readonly directory: number
  /** Lines of the provisioning log that are no events. */
  readonly lines: number
  /** An upper bound for the events: they are counted from their own table. */
  readonly events: number
}

const nothing: Growth = { directory: 0, lines: 0, events: 0 }

/** By the tenant's id, which is one in all databases. */
const uncounted = new BoundedMap<number, Growth>(10_000)

export function noteGrowth(tenantId: number, grown: Partial<Growth>): void {
  const before = uncounted.get(tenantId) ?? nothing
  uncounted.set(tenantId, {
    directory: before.directory + (grown.directory ?? 0),
    lines: before.lines + (grown.lines ?? 0),
    events: before.events + (grown.events ?? 0),
  })
}

const newEvents = sql`(select coalesce(sum(${eventSize}), 0) from ${events}
  where ${and(eq(events.tenantId, tenants.id), gt(events.seq, tenants.countedSeq))})`

const newestEvent = sql`(select coalesce(max(${events.seq}), 0) from ${events}
  where ${eq(events.tenantId, tenants.id)})`

const addGrowth = command(() =>
  update(tenants)
    .set({
      directoryBytes: sql`max(0, ${tenants.directoryBytes} + ${value('directory')})`,
      logBytes: sql`${tenants.logBytes} + ${value('lines')} + ${newEvents}`,
      countedSeq: newestEvent,
    })
    .where(and(eq(tenants.id, tenant), isNotNull(tenants.directoryBytes))),
)

const storedBytes = sql`coalesce(${tenants.directoryBytes} + ${tenants.logBytes}, 0)`
const budget = sql`1000000 * coalesce(${tenants.settings} ->> '$.storage.megabytes',
  ${sql.raw(String(defaultSettings.storage.megabytes))})`

const isOver = sql`(${storedBytes} > ${budget})`

/** Hundredths of its budget that a tenant stores, as it was counted last. */
export const storedPercent = sql`(100 * ${storedBytes} / (${budget}))`

/** Marks the tenants that are full, or no longer; what caches remember of them is old then. */
const markFull = (which: SQL) =>
  update(tenants)
    .set({ full: isOver, revision: sql`${tenants.revision} + 1` })
    .where(and(which, sql`${tenants.full} <> ${isOver}`))

export const markTenantFull = command(() => markFull(sql`${tenants.id} = ${tenant}`))

export const markAllFull = command(() => markFull(sql`1`))

/**
 * Counts what this isolate has noted of a tenant; of one that is full, however little it is. Undefined
 * for nothing to count yet, as after nearly every request.
 */
export function countGrowth(
  database: D1Database,
  { tenantId, isFull = false }: { readonly tenantId: number; readonly isFull?: boolean },
): Promise<void> | undefined {
  const grown = uncounted.get(tenantId)
  if (!grown) return undefined
  const { directory, lines, events: added } = grown
  if (!isFull && Math.abs(directory) + lines + added < uncountedBytes) return undefined
  uncounted.delete(tenantId)
  return writeGrowth(database, tenantId, grown)
}

async function writeGrowth(database: D1Database, tenantId: number, grown: Growth): Promise<void> {
  const { directory, lines } = grown
  const outcome = await runBatch(database, [
    addGrowth(database, { tenantId, directory, lines }),
    markTenantFull(database, { tenantId }),
  ])
  if (!outcome.ok) noteGrowth(tenantId, grown)
}
