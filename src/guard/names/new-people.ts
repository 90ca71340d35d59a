/**
 * Guard of new people. Somebody who takes the name of a person whom the directory has no more, and
 * the application still sees, is that person to the application. Whoever takes the name of
 * anybody else waits until the application sees that one by another name.
 */
import { sql, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { textOf, type JsonObject } from '../../scim/json'
import { forbid, preconditionStatement } from '../../database/precondition'
import { users } from '../../database/schema/directory'
import { losses, overlays, protectedPeople, releasedIds } from '../../database/schema/guard'
import { columns, command, tenant, value, type Statement } from '../../database/statement'
import type { Event } from '../../events/append'
import type { Credential } from '../../tokens/credential'
import {
  noSurrounding,
  mayHold,
  surround,
  type GuardContext,
  type SurroundingStatements,
} from '../guarded-batch'
import { openHold } from '../hold-state'
import { firstVersion, isOverlayOf, overlayColumns, setPending, subjectOverlay } from '../overlay'
import { planPerson } from '../plan'
import type { UserRow } from '../users'
import { userNameKey } from './keys'
import type { SeenPeople } from './people'
import { bindProtected, protects } from './protected'
import { holderOf } from './seen'

/** What becomes of a new person. */
export interface NewPersonPlan {
  /** Events that the application gets. */
  readonly events: readonly Event[]
  readonly overlay: {
    readonly id: string
    readonly nameKey: string
    readonly protectedName: string
    /** Id of whom the application sees by the name; empty for nobody. */
    readonly holder: string
    readonly holderVersion: number
    /** `return` of the holder, who was deleted; `wait` for somebody else's name. */
    readonly action: 'none' | 'return' | 'wait'
    readonly row: UserRow | null
  }
}

const waitingRow: UserRow = {
  released: null,
  difference: null,
  name: null,
  state: 'held',
  reason: 'together',
  unusableName: null,
}

/** Plans the creation of a person. */
export function planNewPerson(
  id: string,
  attributes: JsonObject,
  { holders, protectedIds, protectedNames }: SeenPeople,
): NewPersonPlan {
  const nameKey = userNameKey(attributes)
  const holder = holders.get(nameKey)
  const overlay = {
    id,
    nameKey,
    protectedName: textOf(attributes['userName']),
    holder: holder?.id ?? '',
    holderVersion: holder?.version ?? 0,
    row: null,
  }
  const resource = { id, ...attributes }
  const created: Event = { type: 'user.created', resourceId: id, resource, changes: {} }
  if (!holder) return { events: [created], overlay: { ...overlay, action: 'none' } }
  if (!holder.isGone || !holder.released) {
    return { events: [], overlay: { ...overlay, action: 'wait', row: waitingRow } }
  }
  // Whoever comes back without access loses it: that waits as the deletion did.
  const plan = planPerson(
    {
      id,
      before: holder.released,
      after: attributes,
      statesActive: true,
      isWritten: true,
      row: holder,
      holder: '',
      foundHolder: '',
      isProtected: protectedIds.has(holder.id) || protectedNames.has(nameKey),
    },
    { holdsLosses: true, knowsSoftDeletes: false },
  )
  return { events: plan.events, overlay: { ...overlay, action: 'return', row: plan.overlay.row } }
}

const user = alias(users, 'user')

const item = sql`json_each(${value('overlay')}) as item`
const itemId = sql`(item.value ->> '$.id')`
const itemHolder = sql`(item.value ->> '$.holder')`
const nameKey = sql`(item.value ->> '$.nameKey')`
const isReturn = sql`item.value ->> '$.action' = 'return'`

/** Condition that this very write has added the person, in whatever try. */
const isOwn = sql`exists (select 1 from ${users} as ${user} where ${user.tenantId} = ${tenant}
  and ${user.id} = ${itemId} and substr(${user.operation}, 1, 36) = ${value('operation')})`

const isOvertaken = sql`exists (select 1 from ${item} where not ${isOwn}
  and (${itemHolder} <> coalesce(${holderOf(nameKey, itemId)}, '')
    or item.value ->> '$.holderVersion' <> coalesce((
      select ${subjectOverlay.version} from ${overlays} as ${subjectOverlay}
      where ${isOverlayOf({ userId: itemHolder })}), 0)))`

const holdersAreUnchanged = preconditionStatement(forbid(isOvertaken, 'version'))

const returned = sql`select ${itemHolder} from ${item} where ${isReturn} and ${isOwn}`
const newId = (holder: SQLWrapper) =>
  sql`(select ${itemId} from ${item} where ${isReturn} and ${itemHolder} = ${holder})`

const known = alias(releasedIds, 'known')

const statements: readonly Statement[] = [
  () => sql`insert or ignore into ${releasedIds}
      (${columns(releasedIds.tenantId, releasedIds.userId, releasedIds.releasedId)})
    select ${tenant}, ${itemId}, coalesce((select ${known.releasedId} from ${releasedIds} as ${known}
      where ${known.tenantId} = ${tenant} and ${known.userId} = ${itemHolder}), ${itemHolder})
    from ${item} where ${isReturn} and ${isOwn}`,
  // The same person, whose loss counts once.
  () => sql`update or ignore ${losses} set ${columns(losses.userId)} = ${newId(losses.userId)}
    where ${losses.tenantId} = ${tenant} and ${losses.userId} in (${returned})`,
  // Teams in which the person was go on waiting until the provider adds the person again.
  () => sql`update ${overlays} set ${columns(overlays.userId)} = ${newId(overlays.userId)},
      ${columns(overlays.version)} = ${overlays.version} + 1
    where ${overlays.tenantId} = ${tenant} and ${overlays.kind} = 'member'
      and ${overlays.userId} in (${returned})`,
  () => sql`delete from ${overlays} where ${overlays.tenantId} = ${tenant}
    and ${overlays.teamId} = '' and ${overlays.userId} in (${returned})`,
  () => sql`insert into ${overlays} (${overlayColumns})
    select ${tenant}, '', ${itemId}, 'user', null, item.value ->> '$.row.released', 'held',
      ${openHold}, item.value ->> '$.row.reason', ${value('cause')}, ${value('now')}, ${firstVersion},
      item.value ->> '$.row.name'
    from ${item} where item.value -> '$.row' <> 'null' and ${isOwn} on conflict do nothing`,
  () => sql`update ${overlays} set ${setPending}
    where ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = '' and ${overlays.state} <> 'held'
      and ${overlays.userId} in (select ${itemHolder} from ${item}
        where item.value ->> '$.action' = 'wait' and ${isOwn})`,
].map(command)

const bindStatements: readonly Statement[] = [
  command(
    () => sql`update or replace ${protectedPeople}
      set ${columns(protectedPeople.userId)} = ${newId(protectedPeople.userId)}
      where ${protectedPeople.tenantId} = ${tenant} and ${protectedPeople.userId} in (${returned})`,
  ),
  ...bindProtected({
    rows: item,
    id: itemId,
    name: sql`(item.value ->> '$.protectedName')`,
    nameKey,
    ownKey: nameKey,
    isDone: isOwn,
  }),
]

/** Statements around the creation of people. */
export function guardNewPeople(
  database: D1Database,
  credential: Credential,
  context: GuardContext & { readonly operation: string },
  people: readonly NewPersonPlan[],
): SurroundingStatements {
  if (!mayHold(credential)) return noSurrounding
  return surround(database, credential, context, {
    values: () => ({
      operation: context.operation,
      overlay: JSON.stringify(people.map(({ overlay }) => overlay)),
    }),
    losses: undefined,
    preconditions: [holdersAreUnchanged],
    before: [],
    after: [...statements, ...(protects(credential) ? bindStatements : [])],
  })
}
