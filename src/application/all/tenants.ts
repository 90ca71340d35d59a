/** The tenants that a reader may read, of all databases, in the order of their slugs. */
import { and, gt, isNull, sql } from 'drizzle-orm'
import { decodeText, encodeText } from '../../http/cursor'
import { err, ok } from '../../result'
import { select } from '../../database/builder'
import type { RowOf } from '../../database/field'
import { eachDatabase, type Databases } from '../../database/placement'
import { keys } from '../../database/schema/application'
import { events } from '../../database/schema/events'
import { tenants } from '../../database/schema/tenants'
import { query, value } from '../../database/statement'
import type { TenantPage } from '../answers'
import { applicationError } from '../error'
import { listQuery, readQuery } from '../query'
import type { Answer } from '../read'
import { isLiveKey, key } from '../reader'
import { keyValues, readWithKey, type AllAccess, type AllReader } from './reader'

const fields = {
  slug: tenants.slug,
  name: tenants.name,
  enabled: tenants.enabled,
  createdAt: tenants.createdAt,
  log: tenants.logId,
  asOf: sql<number>`coalesce((select max(${events.seq}) from ${events}
    where ${events.tenantId} = ${tenants.id}), 0)`,
}

const isOpen = sql`(${value('isBinding')} = 1 or exists (select 1 from ${keys} as ${key}
  where ${isLiveKey} and (${key.tenantId} is null or ${key.tenantId} = ${tenants.id})))`

const selectTenants = query(fields, (named) =>
  select(named)
    .from(tenants)
    .where(and(gt(tenants.slug, value('after')), isNull(tenants.deletingAt), isOpen))
    .orderBy(tenants.slug)
    .limit(sql`${value('limit')} + 1` as unknown as number),
)

const isSlug = /^[a-z0-9-]{1,63}$/

interface Page {
  readonly after: string
  readonly limit: number
}

/** A page of tenants: all of them, or the one that the key is for. `input` is the untrusted query. */
export async function readTenants(
  { environment, reader, onRead }: AllAccess<Databases>,
  input: unknown,
): Promise<Answer<TenantPage>> {
  const wanted = readQuery(listQuery, input)
  if (!wanted.ok) return wanted
  const { cursor, limit } = wanted.value
  const after = cursor === undefined ? '' : decodeText(cursor)
  if (after === undefined || (cursor !== undefined && !isSlug.test(after))) {
    return err(applicationError('invalidCursor'))
  }
  const { DB: main } = environment
  const others = eachDatabase(environment).slice(1)
  const first = await readFrom(main, reader, { after, limit })
  if (!first.ok) return first
  const rows = [...first.value.rows]
  let found = first.value.key && { key: first.value.key, keysIn: main }
  // A key of one tenant is where the tenant is, and opens nothing elsewhere.
  if (!found || found.key.tenantId === null) {
    const readerThere: AllReader = found ? { kind: 'binding' } : reader
    const read = others.map(({ DB }) => readFrom(DB, readerThere, { after, limit }))
    for (const [index, part] of (await Promise.all(read)).entries()) {
      if (!part.ok) return part
      rows.push(...part.value.rows)
      const keysIn = others[index]?.DB
      if (part.value.key && keysIn) found ??= { key: part.value.key, keysIn }
    }
  }
  if (!found && reader.kind === 'key') return err(applicationError('unauthorized'))
  if (found) onRead(found.key, found.keysIn)
  rows.sort((left, right) => (left.slug < right.slug ? -1 : 1))
  const page = rows.slice(0, limit)
  const last = rows.length > limit ? page.at(-1)?.slug : undefined
  return ok({ tenants: page.map(shown), next: last === undefined ? null : encodeText(last) })
}

async function readFrom(database: D1Database, reader: AllReader, page: Page) {
  const isBinding = reader.kind === 'binding' ? 1 : 0
  const read = await readWithKey(database, reader, [
    selectTenants(database, { ...keyValues(reader), ...page, isBinding }),
  ])
  return read.ok ? ok({ key: read.value.key, rows: read.value.rows[0] }) : read
}

function shown({ createdAt, ...tenant }: RowOf<typeof fields>) {
  return { ...tenant, createdAt: new Date(createdAt).toISOString() }
}
