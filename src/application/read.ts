/** Reads of the directory by an application, over HTTP or a service binding. */
import { BoundedMap } from '../bounded-map'
import { openCursor, sealCursor, type CursorScope } from '../http/cursor'
import { err, ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { readAs, type Reader, type ReaderState, type SharedKey } from './reader'
import { findReleasedUsers, isFound, type LookUp } from './look-up'
import { readKeys } from '../sealing/keys'
import {
  listReleasedMembers,
  listReleasedTeams,
  listReleasedUsers,
  readReleasedTeam,
  readReleasedUser,
  type Released,
  type ReleasedMember,
  type ReleasedPage,
  type ReleasedResource,
} from './released'
import type { MemberPage, Team, TeamPage, User, UserPage } from './answers'
import { applicationError, type ApplicationError } from './error'
import { listQuery, readQuery, usersQuery } from './query'
import { refusedAs } from './refusal'

/** The reader of a call, and what its answer needs. */
export interface Access {
  readonly database: D1Database
  readonly reader: Reader
  /** Is told what D1 said about the reader. */
  readonly onRead: (state: ReaderState) => void
  /** Asks again for a key that the batch itself does not check; undefined when it has ended. */
  readonly confirm?: () => Promise<Result<SharedKey | undefined, Refusal>>
}

export type Answer<T> = Result<T, ApplicationError>

const lookUps = ['userName', 'email', 'externalId'] as const

/**
 * A page of the released users, ordered by id: all, or those with a user name, an e-mail address or an
 * identifier. `input` is the untrusted query.
 */
export async function readUsers(access: Access, input: unknown): Promise<Answer<UserPage>> {
  const query = readQuery(usersQuery, input)
  if (!query.ok) return query
  const { cursor, limit, ...texts } = query.value
  const named = lookUps.filter((by) => by in texts)
  const wishes = named.flatMap((by): LookUp[] => {
    const text = texts[by]
    return text === undefined ? [] : [{ by, text }]
  })
  const [wanted] = wishes
  // A binding can hand on a member without a text: that is no wish for everybody.
  const wrong = named[1] ?? (wanted ? undefined : named[0])
  if (wrong) {
    const detail = 'Look people up by one of userName, email and externalId.'
    return err(applicationError('invalidQuery', { errors: [{ parameter: wrong, detail }] }))
  }
  const list = ['users', ...(wanted ? [wanted.by, wanted.text] : [])]
  const page = { limit, ...(cursor === undefined ? {} : { cursor }) }
  const read = await readPage(access, list, page, (place) =>
    wanted
      ? findReleasedUsers(access.database, access.reader, place, wanted)
      : listReleasedUsers(access.database, access.reader, place),
  )
  if (!read.ok) return read
  const { entries, place } = read.value
  const users = wanted ? entries.filter((user) => isFound(user, wanted)) : entries
  return ok({ users: users as User[], ...place })
}

/** A page of the released teams, ordered by id. `input` is the untrusted query. */
export async function readTeams(access: Access, input: unknown): Promise<Answer<TeamPage>> {
  const read = await readPage(access, ['teams'], input, (page) =>
    listReleasedTeams(access.database, access.reader, page),
  )
  return read.ok ? ok({ teams: read.value.entries as Team[], ...read.value.place }) : read
}

/** One released user. Refused with `userNotFound`. */
export async function readUser(access: Access, id: string): Promise<Answer<User>> {
  const read = await readReleasedUser(access.database, access.reader, id)
  return oneOf<User>(access, read, 'userNotFound')
}

/** One released team. Refused with `teamNotFound`. */
export async function readTeam(access: Access, id: string): Promise<Answer<Team>> {
  const read = await readReleasedTeam(access.database, access.reader, id)
  return oneOf<Team>(access, read, 'teamNotFound')
}

export async function readMembers(
  access: Access,
  teamId: string,
  input: unknown,
): Promise<Answer<MemberPage>> {
  const read = await readPage<ReleasedMember>(access, ['members', teamId], input, async (page) => {
    const found = await listReleasedMembers(access.database, access.reader, teamId, page)
    return found.ok && found.value.members ? ok(found.value.members) : found
  })
  return read.ok ? ok({ members: [...read.value.entries], ...read.value.place }) : read
}

interface ReadPage<T> {
  readonly entries: readonly T[]
  readonly place: { readonly next: string | null; readonly log: string; readonly asOf: number }
}

/** `list` answers a state without entries when what the list belongs to does not exist. */
async function readPage<T extends { readonly id: string }>(
  access: Access,
  list: readonly string[],
  input: unknown,
  read: (
    page: ReleasedPage,
  ) => Promise<Result<Released<T> | { readonly state: ReaderState }, Refusal>>,
): Promise<Answer<ReadPage<T>>> {
  const query = readQuery(listQuery, input)
  if (!query.ok) return query
  const { cursor, limit } = query.value
  const start = cursor === undefined ? ok(undefined) : await openPlace(access, list, cursor)
  if (!start.ok) return start
  const found = await read({ after: start.value?.after ?? '', limit })
  if (!found.ok) return err(refusedAs(found.error))
  const { state } = found.value
  access.onRead(state)
  if (start.value && start.value.log !== state.log) {
    rememberTenant(access, state)
    return err(applicationError('otherLog', { asOf: state.lastSeq }))
  }
  if (!('entries' in found.value)) return err(applicationError('teamNotFound'))
  const { entries, hasMore } = found.value
  rememberTenant(access, state)
  const last = hasMore ? entries.at(-1)?.id : undefined
  const next = last === undefined ? ok(null) : await sealPlace(access, list, state, last)
  if (!next.ok) return next
  return ok({ entries, place: { next: next.value, log: state.log, asOf: state.lastSeq } })
}

function oneOf<T>(
  access: Access,
  read: Result<{ state: ReaderState; entry: ReleasedResource | undefined }, Refusal>,
  missing: 'userNotFound' | 'teamNotFound',
): Answer<T> {
  if (!read.ok) return err(refusedAs(read.error))
  const { state, entry } = read.value
  access.onRead(state)
  return entry ? ok(entry as unknown as T) : err(applicationError(missing))
}

/** Id and log of a tenant: a cursor is of one log. */
type OfTenant = Pick<ReaderState, 'tenantId' | 'log'>

/** Tenants that this isolate has read for, by slug; whoever uses one compares it with D1's answer. */
const maximumKnown = 1_000
const known = new BoundedMap<string, OfTenant>(maximumKnown)

/** The log stands before what is sealed, so that a cursor of another one is told from a bad one. */
async function openPlace(
  access: Access,
  list: readonly string[],
  cursor: string,
): Promise<Answer<{ readonly log: string; readonly after: string }>> {
  const remembered = await tenantOf(access)
  if (!remembered.ok) return remembered
  const [, log = '', sealed = ''] = /^(?:([0-9a-f]{12})\.)?([\w-]+)$/.exec(cursor) ?? []
  if (sealed === '') return err(applicationError('invalidCursor'))
  const tenant = log === remembered.value.log ? remembered : await askTenant(access)
  if (!tenant.ok) return tenant
  if (log !== tenant.value.log) {
    return err(applicationError(log === '' ? 'invalidCursor' : 'otherLog'))
  }
  const key = await cursorKey(access, tenant.value)
  if (!key.ok) return key
  const opened = await openCursor(key.value, scopeOf(tenant.value, list), sealed)
  if (opened.ok) return ok({ log, after: String(opened.value.place.key) })
  const isExpired = opened.error.code === 'expiredCursor'
  return err(applicationError(isExpired ? 'expiredCursor' : 'invalidCursor'))
}

async function tenantOf(access: Access): Promise<Answer<OfTenant>> {
  const remembered = known.get(access.reader.slug)
  return remembered === undefined ? askTenant(access) : ok(remembered)
}

async function askTenant({ database, reader }: Access): Promise<Answer<OfTenant>> {
  const found = await readAs(database, reader, [])
  if (!found.ok) return err(refusedAs(found.error))
  rememberTenant({ reader }, found.value.state)
  return ok(found.value.state)
}

function rememberTenant({ reader }: Pick<Access, 'reader'>, { tenantId, log }: OfTenant): void {
  known.set(reader.slug, { tenantId, log })
}

async function sealPlace(
  access: Access,
  list: readonly string[],
  tenant: OfTenant,
  id: string,
): Promise<Answer<string>> {
  const key = await cursorKey(access, tenant)
  if (!key.ok) return key
  const state = { place: { position: 0, key: id }, isBackwards: false, total: 0 }
  const sealed = await sealCursor(key.value, scopeOf(tenant, list), state)
  return ok(tenant.log === '' ? sealed : `${tenant.log}.${sealed}`)
}

async function cursorKey({ database }: Access, { tenantId }: OfTenant): Promise<Answer<string>> {
  const keys = await readKeys(database, tenantId, 'cursors')
  return keys.ok ? ok(keys.value[0].key) : err(refusedAs(keys.error))
}

function scopeOf({ tenantId, log }: OfTenant, list: readonly string[]): CursorScope {
  return ['application', tenantId, log, ...list]
}
