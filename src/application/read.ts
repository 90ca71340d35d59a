/** Reads of the directory by an application, over HTTP or a service binding. */
import { openCursor, sealCursor, type CursorScope } from '../http/cursor'
import { err, ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { readAs, type Reader, type ReaderState, type SharedKey } from './reader'
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
import { listQuery, readQuery } from './query'
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

/** A page of the released users, ordered by id. `input` is the untrusted query. */
export async function readUsers(access: Access, input: unknown): Promise<Answer<UserPage>> {
  const read = await readPage(access, ['users'], input, (page) =>
    listReleasedUsers(access.database, access.reader, page),
  )
  return read.ok ? ok({ users: read.value.entries as User[], ...read.value.place }) : read
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
  readonly place: { readonly next: string | null; readonly asOf: number }
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
  if (start.value && start.value.tenantId !== state.tenantId) {
    rememberTenant(access, state)
    return err(applicationError('invalidCursor'))
  }
  if (!('entries' in found.value)) return err(applicationError('teamNotFound'))
  const { entries, hasMore } = found.value
  rememberTenant(access, state)
  const last = hasMore ? entries.at(-1)?.id : undefined
  const next = last === undefined ? ok(null) : await sealPlace(access, list, state.tenantId, last)
  return next.ok ? ok({ entries, place: { next: next.value, asOf: state.lastSeq } }) : next
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

/** Tenants that this isolate has read for, by slug; whoever uses one compares it with D1's answer. */
const tenantIds = new Map<string, number>()
const maximumTenantIds = 1_000

async function openPlace(
  access: Access,
  list: readonly string[],
  cursor: string,
): Promise<Answer<{ readonly tenantId: number; readonly after: string }>> {
  const tenantId = await tenantIdOf(access)
  if (!tenantId.ok) return tenantId
  const key = await cursorKey(access, tenantId.value)
  if (!key.ok) return key
  const opened = await openCursor(key.value, scopeOf(tenantId.value, list), cursor)
  if (opened.ok) return ok({ tenantId: tenantId.value, after: String(opened.value.place.key) })
  const isExpired = opened.error.code === 'expiredCursor'
  return err(applicationError(isExpired ? 'expiredCursor' : 'invalidCursor'))
}

async function tenantIdOf({ database, reader }: Access): Promise<Answer<number>> {
  const known = tenantIds.get(reader.slug)
  if (known !== undefined) return ok(known)
  const found = await readAs(database, reader, [])
  if (!found.ok) return err(refusedAs(found.error))
  const { state } = found.value
  rememberTenant({ reader }, state)
  return ok(state.tenantId)
}

function rememberTenant({ reader }: Pick<Access, 'reader'>, { tenantId }: ReaderState): void {
  if (tenantIds.size >= maximumTenantIds) tenantIds.clear()
  tenantIds.set(reader.slug, tenantId)
}

async function sealPlace(
  access: Access,
  list: readonly string[],
  tenantId: number,
  id: string,
): Promise<Answer<string>> {
  const key = await cursorKey(access, tenantId)
  if (!key.ok) return key
  const place = { position: 0, key: id }
  const state = { place, isBackwards: false, total: 0 }
  return ok(await sealCursor(key.value, scopeOf(tenantId, list), state))
}

async function cursorKey({ database }: Access, tenantId: number): Promise<Answer<string>> {
  const keys = await readKeys(database, tenantId, 'cursors')
  return keys.ok ? ok(keys.value[0].key) : err(refusedAs(keys.error))
}

function scopeOf(tenantId: number, list: readonly string[]): CursorScope {
  return ['application', tenantId, ...list]
}
