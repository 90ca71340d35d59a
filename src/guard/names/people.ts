/** What the application sees of people who change, and of others by whose names they want to be known. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { ok, type Result } from '../../result'
import type { JsonObject } from '../../scim/json'
import type { Refusal } from '../../database/batch'
import { fieldList, flag } from '../../database/field'
import { users } from '../../database/schema/directory'
import {
  overlays,
  protectedPeople,
  type HoldReason,
  type OverlayState,
} from '../../database/schema/guard'
import { query, tenant, value } from '../../database/statement'
import { readFor, type Credential } from '../../tokens/credential'
import { mayHold } from '../guarded-batch'
import { ownerOf } from './protected'

/** Overlay row of a person: what the application sees instead of what the directory has. */
export interface OverlayRow {
  readonly id: string
  /** Null when the application does not know the person. */
  readonly released: JsonObject | null
  readonly state: OverlayState
  readonly reason: HoldReason
  readonly version: number
  /** Name in the directory, folded, that Entra has made unusable; null for none. */
  readonly unusableName: string | null
  /** True for a person whom the directory does not have any more. */
  readonly isGone: boolean
}

const user = alias(users, 'user')

const rowFields = {
  id: overlays.userId,
  name: overlays.name,
  released: overlays.released,
  state: overlays.state,
  reason: overlays.reason,
  version: overlays.version,
  unusableName: overlays.unusableName,
  isGone: flag(sql`not exists (select 1 from ${users} as ${user}
    where ${user.tenantId} = ${tenant} and ${user.id} = ${overlays.userId})`),
}

const selectByIds = query(
  rowFields,
  (fields) => sql`
  select ${fieldList(fields)} from json_each(${value('ids')}) as wanted cross join ${overlays}
    on ${overlays.tenantId} = ${tenant} and ${overlays.teamId} = ''
      and ${overlays.userId} = wanted.value`,
)

const selectByNames = query(
  rowFields,
  (fields) => sql`
  select ${fieldList(fields)} from json_each(${value('names')}) as wanted cross join ${overlays}
    on ${overlays.tenantId} = ${tenant} and ${overlays.name} = wanted.value
      and ${overlays.kind} = 'user'`,
)

const selectProtected = query(
  {
    nameKey: protectedPeople.nameKey,
    userId: protectedPeople.userId,
    isFree: flag(sql`${protectedPeople.nameKey} in (select value from json_each(${value('names')}))
      and ${ownerOf(protectedPeople.nameKey)} is null`),
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${protectedPeople} where ${protectedPeople.tenantId} = ${tenant}`,
)

export interface SeenPeople {
  readonly rows: ReadonlyMap<string, OverlayRow>
  /** Rows by the (folded) names that the application sees. */
  readonly holders: ReadonlyMap<string, OverlayRow>
  /** Ids of protected people, and those of the wanted names whose next owner will be. */
  readonly protectedIds: ReadonlySet<string>
  readonly protectedNames: ReadonlySet<string>
}

const nobody: SeenPeople = {
  rows: new Map(),
  holders: new Map(),
  protectedIds: new Set(),
  protectedNames: new Set(),
}

/** Finds people by id, and whom the application sees by a (folded) name; reads nothing for most tenants. */
export async function findSeenPeople(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
  names: readonly string[],
): Promise<Result<SeenPeople, Refusal>> {
  if (!mayHold(credential)) return ok(nobody)
  const { tenantId } = credential
  const outcome = await readFor(database, credential, [
    selectByIds(database, { tenantId, ids: JSON.stringify(ids) }),
    selectByNames(database, { tenantId, names: JSON.stringify(names) }),
    selectProtected(database, { tenantId, names: JSON.stringify(names) }),
  ])
  if (!outcome.ok) return outcome
  const [rows, holders, listed] = outcome.value.rows
  return ok({
    rows: new Map(rows.map((row) => [row.id, row])),
    holders: new Map(holders.map((row) => [row.name ?? '', row])),
    protectedIds: new Set(listed.flatMap(({ userId }) => (userId === '' ? [] : [userId]))),
    protectedNames: new Set(listed.flatMap(({ nameKey, isFree }) => (isFree ? [nameKey] : []))),
  })
}
