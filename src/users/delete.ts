/** Users that go: with everything that hangs on them, in one batch. */
import { err, ok, type Result } from '../result'
import { scimError, type ScimError } from '../scim/error'
import type { StoredUser } from '../scim/representation'
import { userType } from '../scim/user'
import { refusedAs } from '../directory/refusal'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { guarded } from '../guard/guarded-batch'
import { settleHeld } from '../guard/names/settle'
import { eraseUsers } from './erase'
import { findUsers } from './store'
import { gone, present } from './shared'

export interface Removal {
  readonly id: string
  readonly ifMatch: string | undefined
}

/** Deletes users; those with a condition are read first. */
export async function deleteUsers(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly Removal[],
): Promise<Result<undefined, ScimError>[]> {
  const conditional = list.filter(({ ifMatch }) => ifMatch !== undefined)
  const found =
    conditional.length > 0
      ? await findUsers(
          database,
          request.credential,
          conditional.map(({ id }) => id),
        )
      : ok(new Map<string, StoredUser>())
  if (!found.ok) return list.map(() => err(refusedAs(found.error, userType)))
  const checked = list.map(({ id, ifMatch }) =>
    ifMatch === undefined ? ok(undefined) : present(found.value, id, ifMatch),
  )
  const wanted = list.flatMap(({ id }, index) => {
    const check = checked[index]
    return check?.ok ? [{ id, version: check.value?.version }] : []
  })
  const context = { cause: causeOf(request), now: Date.now(), operation: crypto.randomUUID() }
  const deleted = await guarded((holdsLosses) =>
    eraseUsers(database, request.credential, { ...context, holdsLosses }, wanted),
  )
  if (!deleted.ok) {
    const refusal = err(refusedAs(deleted.error, userType))
    return checked.map((check) => (check.ok ? refusal : check))
  }
  await settleHeld(database, request.credential, context.cause)
  return list.map(({ id, ifMatch }, index) => {
    const check = checked[index]
    if (check && !check.ok) return check
    if (deleted.value.has(id)) return ok(undefined)
    return ifMatch === undefined ? gone() : err(scimError('versionMismatch'))
  })
}
