/** Releases by an operator: told at once, or after a while in which they can be taken back. */
import { err, ok, type Result } from '../../result'
import { auditIfChanged, auditStatement, type Author } from '../../audit/log'
import { demandDone, type Refusal } from '../../database/batch'
import type { Tenant } from '../../tenants/tenant'
import {
  attempts,
  present,
  release,
  unconfirmed,
  type Decision,
  type ReleaseRefusal,
} from '../commands'
import type { Decided } from '../holds'
import { forgetRelease, listDue, listReleases, saveRelease } from './release-schedule'
import { summaryOf } from './hold-events'
import { readAll } from './whole-selection'

/** Milliseconds. */
const minute = 60_000

/** Releases that one run of the job tells. */
const maximumDue = 100

export interface Released extends Decided {
  /** Id of the release, and the time from which it is told; null for one that was told at once. */
  readonly planned: { readonly id: string; readonly tellAt: number } | null
}

/**
 * Releases changes, as `release` does, after the delay of the tenant's settings. What the provider
 * changes of them meanwhile is not released: it is another change.
 */
export async function decideRelease(
  database: D1Database,
  tenant: Tenant,
  decision: Decision & { readonly confirmed: readonly string[] },
): Promise<Result<Released, ReleaseRefusal>> {
  const { delay } = tenant.settings.guard
  if (delay === 0) {
    const done = await release(database, tenant, decision)
    return done.ok ? ok({ ...done.value, planned: null }) : done
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const planned = await planRelease(database, tenant, decision, delay)
    if (planned.ok || planned.error.kind !== 'version') return planned
  }
  return err({ kind: 'unavailable', outage: 'overloaded' })
}

/** Keeps the release; refused (`version`) when somebody else was faster with a part of it. */
async function planRelease(
  database: D1Database,
  tenant: Tenant,
  { selection, author, confirmed }: Decision & { readonly confirmed: readonly string[] },
  delay: number,
): Promise<Result<Released, ReleaseRefusal>> {
  const read = await readAll(database, tenant.id, selection, { follows: true })
  if (!read.ok) return read
  const people = unconfirmed(read.value, new Set(confirmed))
  if (people.length > 0) return err({ kind: 'unconfirmed', people })
  const rows = read.value.filter(({ tellAt }) => tellAt === null)
  if (rows.length === 0) {
    const done = await present(database, tenant, selection, 0)
    return done.ok ? ok({ ...done.value, planned: null }) : done
  }
  const id = crypto.randomUUID()
  const at = Date.now()
  const tellAt = at + delay * minute
  const holdId = selection.holdId ?? null
  const { actor, role, requestId } = author
  const { who: _, ...numbers } = summaryOf(rows)
  const entry = auditStatement(database, {
    tenant: tenant.id,
    author,
    action: 'hold.release_planned',
    subject: holdId ?? 'drift',
    after: { release: id, tellAt: new Date(tellAt).toISOString(), ...numbers },
  })
  const kept = { actor, role, requestId, confirmed }
  const saved = await saveRelease(
    database,
    { tenantId: tenant.id, id, holdId, at, tellAt, author: kept },
    rows,
    entry,
  )
  if (!saved.ok) return saved
  const done = await present(database, tenant, selection, rows.length)
  return done.ok ? ok({ ...done.value, planned: { id, tellAt } }) : done
}

/** Takes back a release that is not told yet; refused (`target`) when there is none. */
export async function takeBack(
  database: D1Database,
  tenant: Tenant,
  id: string,
  author: Author,
): Promise<Result<undefined, Refusal>> {
  const listed = await listReleases(database, tenant.id)
  if (!listed.ok) return listed
  const planned = listed.value.find((one) => one.id === id)
  if (!planned) return err({ kind: 'target' })
  const entry = auditIfChanged(database, {
    tenant: tenant.id,
    author,
    action: 'hold.release_taken_back',
    subject: planned.holdId ?? 'drift',
    before: { release: id, changes: planned.changes, people: planned.people },
  })
  const done = await forgetRelease(database, tenant.id, id, entry)
  return done.ok ? ok(undefined) : done
}

/** Tells the releases of a database whose time has come; called by a job. */
export async function tellDueReleases(database: D1Database, now: number): Promise<void> {
  const failures: string[] = []
  for (const { tenantId, id, holdId, tellAt, author } of demandDone(
    await listDue(database, now, maximumDue),
  )) {
    const { confirmed = [], ...by } = author
    const selection = { holdId: holdId ?? undefined, some: undefined, releaseId: id }
    const decision = { selection, author: by, confirmed, plannedFor: tellAt }
    const told = await release(database, { id: tenantId }, decision)
    const done = told.ok ? await forgetRelease(database, tenantId, id) : told
    if (!done.ok) failures.push(done.error.kind)
  }
  if (failures.length > 0) throw new Error(`Releases were not told: ${failures.join(', ')}`)
}
