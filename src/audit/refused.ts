/** Entries of the audit about whoever was not let in: bounded, since anybody can make them. */
import { BoundedMap } from '../bounded-map'
import { runBatch } from '../database/batch'
import { auditStatement, type AuditEntry } from './log'

/** Milliseconds by which a refusal comes later, which slows guessing. */
const delayOfRefusal = 500

/** Entries of one kind, tenant and door in the audit, a minute and isolate. */
const maximumNotes = 30
const maximumKinds = 1_000

const noted = new BoundedMap<string, { readonly since: number; readonly count: number }>(
  maximumKinds,
)

type Refused = Pick<AuditEntry, 'action' | 'subject' | 'after'> & {
  /** 0 for none. */
  readonly tenant: number
  /** Where it was tried, so that attempts there leave those elsewhere their entries; absent where there is one place. */
  readonly door?: string
  /** The network that the attempt came from; undefined where nobody knows. */
  readonly network: string | undefined
  readonly requestId: string
}

/** Notes an attempt that was refused, and is done no sooner than half a second later. */
export async function refuseSlowly(database: D1Database, refused: Refused): Promise<void> {
  await Promise.all([
    new Promise((resolve) => setTimeout(resolve, delayOfRefusal)),
    noteRefused(database, refused),
  ])
}

/** A failure to write the entry changes nothing about the refusal. */
async function noteRefused(database: D1Database, refused: Refused): Promise<void> {
  const { tenant, door = '', network, requestId, ...rest } = refused
  const now = Date.now()
  const kind = `${rest.action} ${tenant} ${door}`
  const present = noted.get(kind)
  const { since, count } =
    present && now - present.since < 60_000 ? present : { since: now, count: 0 }
  if (count >= maximumNotes) return
  noted.set(kind, { since, count: count + 1 })
  const actor = network === undefined ? 'Somebody' : `Somebody at ${network}`
  const author = { actor, role: 'nobody', requestId } as const
  await runBatch(database, [auditStatement(database, { ...rest, tenant, author })])
}
