/** The guided set-up of a tenant: the guide that is opened, and its end. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Result } from '../result'
import { auditIfChanged, type Author } from '../audit/log'
import { runBatch, type Refusal } from '../database/batch'
import { update } from '../database/builder'
import { columns, command, hasWritten, tenant, value } from '../database/statement'
import { setUps, tenants } from '../database/schema/tenants'
import type { Tenant } from './tenant'

const saveGuide = command(
  () => sql`
  insert into ${setUps} (${columns(setUps.tenantId, setUps.guide, setUps.chosenAt)})
  values (${tenant}, ${value('guide')}, ${value('now')})
  on conflict do update set ${columns(setUps.guide)} = excluded.${columns(setUps.guide)}
  where ${setUps.guide} <> excluded.${columns(setUps.guide)}`,
)

/** Cached credentials know the provider by the guide: they are read again. */
const outdateCredentials = command(() =>
  update(tenants)
    .set({ revision: sql`${tenants.revision} + 1` })
    .where(and(eq(tenants.id, tenant), hasWritten)),
)

const saveEnd = command(() =>
  update(setUps)
    .set({ doneAt: value('now') })
    .where(and(eq(setUps.tenantId, tenant), isNull(setUps.doneAt))),
)

export async function chooseGuide(
  database: D1Database,
  { id: tenantId }: Tenant,
  guide: string,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  const entry = { tenant: tenantId, author, action: 'set-up.chosen', subject: guide }
  return runBatch(database, [
    saveGuide(database, { tenantId, guide, now: Date.now() }),
    outdateCredentials(database, { tenantId }),
    auditIfChanged(database, entry),
  ])
}

/** Ends the set-up; the audit tells where that was before any call of the provider. */
export async function finishSetUp(
  database: D1Database,
  { id: tenantId, slug }: Tenant,
  hasCalled: boolean,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  const after = hasCalled ? {} : { after: { calls: 'none yet' } }
  const entry = { tenant: tenantId, author, action: 'set-up.done', subject: slug, ...after }
  return runBatch(database, [
    saveEnd(database, { tenantId, now: Date.now() }),
    auditIfChanged(database, entry),
  ])
}
