/** The guided set-up of a tenant: the guide that was chosen, and whether it was finished. */
import { eq, isNull, and, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { select, update } from '../database/builder'
import type { RowOf } from '../database/field'
import { columns, command, query, tenant, value } from '../database/statement'
import { setUps } from '../database/schema/tenants'
import type { Tenant } from './tenant'

const fields = { guide: setUps.guide, doneAt: setUps.doneAt }

export type SetUp = RowOf<typeof fields>

const selectSetUp = query(fields, (named) =>
  select(named).from(setUps).where(eq(setUps.tenantId, tenant)),
)

const saveGuide = command(
  () => sql`
  insert into ${setUps} (${columns(setUps.tenantId, setUps.guide, setUps.chosenAt)})
  values (${tenant}, ${value('guide')}, ${value('now')})
  on conflict do update set ${columns(setUps.guide)} = excluded.${columns(setUps.guide)}
  where ${setUps.guide} <> excluded.${columns(setUps.guide)}`,
)

const saveEnd = command(() =>
  update(setUps)
    .set({ doneAt: value('now') })
    .where(and(eq(setUps.tenantId, tenant), isNull(setUps.doneAt))),
)

/** Undefined for a tenant whose set-up has not begun. */
export async function readSetUp(
  database: D1Database,
  tenantId: number,
): Promise<Result<SetUp | undefined, Refusal>> {
  const read = await readBatch(database, [selectSetUp(database, { tenantId })])
  return read.ok ? ok(read.value[0][0]) : read
}

export async function chooseGuide(
  database: D1Database,
  { id: tenantId }: Tenant,
  guide: string,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  const entry = { tenant: tenantId, author, action: 'set-up.chosen', subject: guide }
  return runBatch(database, [
    saveGuide(database, { tenantId, guide, now: Date.now() }),
    auditIfChanged(database, entry),
  ])
}

export async function finishSetUp(
  database: D1Database,
  { id: tenantId, slug }: Tenant,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  const entry = { tenant: tenantId, author, action: 'set-up.done', subject: slug }
  return runBatch(database, [
    saveEnd(database, { tenantId, now: Date.now() }),
    auditIfChanged(database, entry),
  ])
}
