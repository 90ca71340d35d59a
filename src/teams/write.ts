/** Writing teams, each change in one batch. For the team's Durable Object alone. */
import { and, eq, sql } from 'drizzle-orm'
import { ok, type Result } from '../result'
import type { SeenSchema } from '../scim/schema'
import {
  allOf,
  demand,
  preconditionStatement,
  requiredCredential,
  requiredTeam,
  tenantRequiring,
} from '../database/precondition'
import { credentialValues, type Credential } from '../tokens/credential'
import { batchTime, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, update } from '../database/builder'
import { fieldList } from '../database/field'
import {
  columns,
  command,
  query,
  tenant,
  value,
  type BoundStatement,
  type Values,
} from '../database/statement'
import { eventColumns, lastSeq, recordEvents, type Cause, type Event } from '../events/append'
import type { GuardContext, SurroundingStatements } from '../guard/guarded-batch'
import { teamNameKey } from '../guard/names/keys'
import { guardTeamDeletion } from '../guard/team-deletion'
import { guardNewTeam, guardTeamChange } from '../guard/teams'
import { dissolve } from '../memberships/remove-from-teams'
import {
  changesMembers,
  membershipStatements,
  membershipValues,
  unknownFields,
  type BumpedTeam,
  type MembershipChange,
} from '../memberships/store'
import { namedSets, type NamedSets } from '../memberships/membership-sets'
import { nameInTable, sourceOf } from '../memberships/named-people'
import { teamFields, type TeamRow } from '../memberships/team-fields'
import type { Documents } from '../directory/documents'
import { noteMemberships, noteResource, noteResourcesGone } from '../directory/growth'
import { observation } from '../tenants/observed'
import { teams } from '../database/schema/directory'
import { events } from '../database/schema/events'
import { tenants } from '../database/schema/tenants'
import { memberStatement, teamState, type TeamState } from './store'

const isThisTeam = and(eq(teams.tenantId, tenant), eq(teams.id, value('teamId')))

/**
 * Preconditions of a change, and the team before it: the batch ends here when the token, the team,
 * its version or the people to join are not as they must be.
 */
function checkTeam({ someoneIsKnown, joining }: NamedSets) {
  return query(
    { ...teamFields, ...unknownFields(joining.unknown) },
    (fields) => sql`
    select ${fieldList(fields)} from ${teams}
    where ${teams.tenantId} = ${tenantRequiring(requiredTeam, demand(someoneIsKnown, 'members'))}
      and ${teams.id} = ${value('teamId')}`,
  )
}

const checkTeamBy = { values: checkTeam(namedSets.values), table: checkTeam(namedSets.table) }

/** Preconditions of a deletion. */
const checkTarget = preconditionStatement(requiredTeam)

function insertTeamRow({ someoneIsKnown, joining }: NamedSets) {
  return query(
    { ...teamFields, ...unknownFields(joining.unknown) },
    (fields) => sql`
  insert into ${teams} (${columns(
    teams.tenantId,
    teams.id,
    teams.nameKey,
    teams.attributes,
    teams.search,
    teams.version,
    teams.operation,
    teams.memberCount,
    teams.createdAt,
    teams.updatedAt,
  )}) select ${tenant}, ${value('teamId')}, ${value('nameKey')},
    ${value('attributes')}, ${value('search')}, 1, ${value('operation')}, 0,
    ${value('now')}, ${value('now')}
  where ${allOf(requiredCredential, demand(someoneIsKnown, 'members'))}
  returning ${fieldList(fields)}`,
  )
}

const insertTeamBy = {
  values: insertTeamRow(namedSets.values),
  table: insertTeamRow(namedSets.table),
}

const updateTeamRow = query(teamFields, (fields) =>
  update(teams)
    .set({
      nameKey: value('nameKey'),
      attributes: value('attributes'),
      search: value('search'),
      version: sql`${teams.version} + 1`,
      operation: value('operation'),
      updatedAt: value('now'),
    })
    .where(isThisTeam)
    .returning(fields),
)

const deleteTeamRow = query({ bytes: sql<number>`octet_length(${teams.attributes})` }, (fields) =>
  deleteFrom(teams).where(isThisTeam).returning(fields),
)

const countTeams = command(() =>
  update(tenants)
    .set({ teamCount: sql`${tenants.teamCount} + ${value('change')}` })
    .where(eq(tenants.id, tenant)),
)

const observe = command(() => observation())

const recordDeletion = command(
  () => sql`
  insert into ${events} (${eventColumns})
  select ${tenant}, ${lastSeq} + 1, 'team.deleted', ${teams.id}, null, ${value('now')},
    json_set(${teams.attributes}, '$.id', ${teams.id}), '{}', ${value('cause')}
  from ${teams} where ${isThisTeam}`,
)

/** Values of every write of a team. */
export interface TeamWrite {
  readonly teamId: string
  readonly operation: string
  /** Causes of the write: that of its attributes first. */
  readonly causes: readonly [Cause, ...Cause[]]
  readonly now: number
  /** The version that the write must find. */
  readonly version: number | undefined
  /** New attributes; undefined leaves them. */
  readonly documents: Documents | undefined
  /** What the tenant's resources have shown with this write; undefined for nothing new. */
  readonly observed?: readonly SeenSchema[] | undefined
  readonly events: readonly Event[]
  readonly membership: MembershipChange
  /** The attributes that `documents` replace, as JSON; undefined for a new team. */
  readonly replaced?: string | undefined
  /** True after it was refused because more people would be lost than may be. */
  readonly holdsLosses: boolean
  /** Members are answered when there are not more than this many; 0 for none. */
  readonly membersUpTo: number
}

/**
 * Adds a team. Refused with `taken` for its name or id, `members` when none of those who join
 * exists.
 */
export async function insertTeam(
  database: D1Database,
  credential: Credential,
  write: TeamWrite & { readonly documents: Documents },
): Promise<Result<TeamState | undefined, Refusal>> {
  const { tenantId } = credential
  const insert = insertTeamBy[sourceOf(write.membership)](database, {
    ...credentialValues(credential),
    ...documentValues(write.documents),
    ...rowValues(write),
    ...membershipValues(write.membership),
  })
  const count = countTeams(database, { tenantId, change: 1 })
  const surrounding = guardNewTeam(database, credential, guardContext(write), {
    teamId: write.teamId,
    nameKey: nameKeyOf(write.documents),
  })
  return runWrite(database, credential, write, surrounding, { first: insert, count })
}

/** Changes attributes, members or both: one version, one batch. */
export async function updateTeam(
  database: D1Database,
  credential: Credential,
  write: TeamWrite,
): Promise<Result<TeamState | undefined, Refusal>> {
  const { tenantId } = credential
  const { version = null, documents, membership } = write
  const conditions = { ...credentialValues(credential), version }
  const surrounding = guardTeamChange(database, credential, guardContext(write), {
    ...write,
    nameKey: documents && nameKeyOf(documents),
  })
  // A change of members alone checks by itself: a statement less.
  if (!documents && changesMembers(membership)) {
    return runWrite(database, credential, write, surrounding, { conditions })
  }
  const first = checkTeamBy[sourceOf(membership)](database, {
    ...conditions,
    ...rowValues(write),
    ...membershipValues(membership),
  })
  const values = documents && { tenantId, ...rowValues(write), ...documentValues(documents) }
  return runWrite(database, credential, write, surrounding, {
    first,
    ...(values && { update: updateTeamRow(database, values) }),
  })
}

/** The statements of a write beside those on members and events. */
interface WriteStatements {
  /** Checks the preconditions. */
  readonly first?: BoundStatement<BumpedTeam>
  readonly update?: BoundStatement<TeamRow>
  readonly count?: BoundStatement<never>
  /** Values of the preconditions, when the statements on members have to check them. */
  readonly conditions?: Values
}

/** Milliseconds for a change of many members: less than the caller of the team's object waits. */
const largeBatchTime = 20_000

/** The batch of a write; answers the team as the last of its statements leaves it. */
async function runWrite(
  database: D1Database,
  credential: Credential,
  write: TeamWrite,
  { before, after }: SurroundingStatements,
  { first, update, count, conditions }: WriteStatements,
): Promise<Result<TeamState | undefined, Refusal>> {
  const { tenantId } = credential
  const { teamId, membersUpTo, now, causes, documents, replaced } = write
  const change = memberWrites(database, tenantId, write, conditions)
  const isLarge = sourceOf(write.membership) === 'table'
  const named = isLarge ? nameInTable(database, tenantId, write.membership) : undefined
  const parts = [
    named?.before,
    before,
    first,
    update,
    count,
    recordEvents(database, tenantId, now, causes[0], write.events),
    change?.team,
    change?.members,
    memberStatement(database, tenantId, teamId, membersUpTo),
    write.observed
      ? observe(database, { tenantId, observed: JSON.stringify(write.observed) })
      : undefined,
    after,
    named?.after,
  ] as const
  const outcome = await runBatch(database, parts, isLarge ? largeBatchTime : batchTime)
  if (!outcome.ok) return outcome
  const [, , [checked] = [], [updated] = [], , , [bumped] = [], moved, members] = outcome.value
  if (documents) noteResource(credential, replaced, documents.attributes)
  noteMemberships(credential, moved?.flat() ?? [])
  return ok(teamState(bumped ?? updated ?? checked, members, checked ?? bumped))
}

/** Deletes a team and its memberships, and writes their events. */
export async function eraseTeam(
  database: D1Database,
  credential: Credential,
  write: Pick<TeamWrite, 'teamId' | 'operation' | 'causes' | 'now' | 'version' | 'holdsLosses'>,
): Promise<Result<unknown, Refusal>> {
  const { tenantId } = credential
  const { teamId, operation, version = null, now, causes } = write
  const values = { tenantId, teamId, operation, now }
  const { before, after } = guardTeamDeletion(database, credential, guardContext(write), teamId)
  const outcome = await runBatch(database, [
    before,
    checkTarget(database, { ...credentialValues(credential), teamId, version }),
    dissolve(database, { ...values, causes }),
    recordDeletion(database, { ...values, cause: JSON.stringify(causes[0]) }),
    deleteTeamRow(database, { tenantId, teamId }),
    countTeams(database, { tenantId, change: -1 }),
    after,
  ])
  if (!outcome.ok) return outcome
  const [, , left, , erased] = outcome.value
  noteResourcesGone(credential, erased, left.flat())
  return ok(undefined)
}

function memberWrites(
  database: D1Database,
  tenantId: number,
  write: TeamWrite,
  conditions: Values | undefined,
) {
  if (!changesMembers(write.membership)) return undefined
  // Attributes that change in the same batch have raised the version already.
  const versionStep = write.documents ? 0 : 1
  return membershipStatements(
    database,
    { tenantId, ...rowValues(write), versionStep, causes: write.causes },
    write.membership,
    conditions,
  )
}

function guardContext({
  causes,
  now,
  holdsLosses,
}: Pick<TeamWrite, 'causes' | 'now' | 'holdsLosses'>): GuardContext {
  return { cause: causes[0], now, holdsLosses }
}

function rowValues({ teamId, operation, now }: TeamWrite) {
  return { teamId, operation, now }
}

function documentValues(documents: Documents) {
  const { attributes, searchValues } = documents
  return { nameKey: nameKeyOf(documents), attributes, search: JSON.stringify(searchValues) }
}

function nameKeyOf({ searchValues }: Documents): string {
  return teamNameKey(searchValues)
}
