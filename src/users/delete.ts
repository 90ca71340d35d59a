/** Users that go: with everything that hangs on them, in one batch. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { StoredUser } from '../scim/representation'
import { userType } from '../scim/user'
import type { Condition } from '../scim/version'
import type { Refusal } from '../database/batch'
import { refusedAs } from '../directory/refusal'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { guardedList } from '../guard/guarded-batch'
import { settleHeld } from '../guard/names/settle-held'
import { countAllowedDeletions } from '../guard/user-deletion'
import type { Credential } from '../tokens/credential'
import { eraseUsers } from './erase'
import { findFirstUsers } from './store'
import { gone, present } from './shared'

export interface Removal {
  readonly id: string
  readonly ifMatch: Condition | undefined
}

/** Deletes users; those with a condition are read first. */
export async function deleteUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly Removal[],
): Promise<Result<undefined, ScimError>[]> {
  const conditional = list.flatMap(({ id, ifMatch }) => (ifMatch === undefined ? [] : [id]))
  const found = await findVersions(database, request.credential, conditional)
  if (!found.ok) return list.map(() => err(refusedAs(found.error, userType)))
  const checked = list.map(({ id, ifMatch }) =>
    ifMatch === undefined ? ok(undefined) : present(found.value, id, ifMatch),
  )
  const wanted = list.flatMap(({ id }, index) => {
    const check = checked[index]
    return check?.ok ? [{ id, version: check.value?.version }] : []
  })
  const context = { cause: causeOf(request), now: Date.now(), operation: crypto.randomUUID() }
  const { credential } = request
  const { done, refusal } = await guardedList(
    wanted,
    (part, holdsLosses) => eraseUsers(database, credential, { ...context, holdsLosses }, part),
    () => countAllowedDeletions(database, credential, wanted),
  )
  await settleHeld(database, credential, context.cause)
  const deleted = new Set(done.flatMap((ids) => [...ids]))
  return list.map(({ id, ifMatch }, index) => {
    const check = checked[index]
    if (check && !check.ok) return check
    if (deleted.has(id)) return ok(undefined)
    if (refusal) return err(refusedAs(refusal, userType))
    return ifMatch === undefined ? gone() : err(scimError('versionMismatch'))
  })
}

/** Versions of users, who are read in steps. */
async function findVersions(
  database: D1Database,
  credential: Credential,
  ids: readonly string[],
): Promise<Result<ReadonlyMap<string, Pick<StoredUser, 'version'>>, Refusal>> {
  const versions = new Map<string, Pick<StoredUser, 'version'>>()
  for (let next = 0; next < ids.length;) {
    const read = await findFirstUsers(database, credential, ids.slice(next))
    if (!read.ok) return read
    for (const [id, { version }] of read.value.found) versions.set(id, { version })
    next += read.value.count
  }
  return ok(versions)
}
