/** People before and after changes of them: read, or remembered, and changed as requests say. */
import { peopleTogether } from '../limits'
import { err, ok, type Result } from '../result'
import type { Refusal } from '../database/batch'
import { growsUser, tenantFull } from '../directory/growth'
import { observe, settle } from '../directory/observe'
import type { Documents } from '../directory/documents'
import type { ScimError } from '../scim/error'
import { isSame } from '../scim/json'
import type { StoredUser } from '../scim/representation'
import type { Resource } from '../scim/resource'
import type { ResourceType } from '../scim/schema'
import type { Reading } from '../scim/tolerance/reading'
import { mayHold } from '../guard/guarded-batch'
import { userTypeOf } from '../tenants/settings'
import type { Credential } from '../tokens/credential'
import type { ReadChange } from './read-change'
import { recallUser } from './remembered'
import { present } from './shared'
import { findFirstUsers } from './store'

/** A person before and after a change; without documents when nothing changes. */
export interface PreparedChange {
  readonly change: ReadChange
  readonly old: StoredUser
  /** JSON of the attributes as they are stored. */
  readonly stored: string
  readonly after: Resource
  readonly documents: Documents | undefined
  readonly reading: Reading
}

interface Prepared {
  /** Number of changes, from the first one of the list on, that this is about: at least one. */
  readonly count: number
  readonly prepared: readonly PreparedChange[]
  /** Errors by the ids of those whose change is refused. */
  readonly refused: ReadonlyMap<string, ScimError>
  /** The type of users with what the people show who are going to be stored. */
  readonly type: ResourceType
}

/**
 * The people of a list after its changes, up to what a step may have in memory. `isUnread` when the only one was remembered: then the write
 * decides whether that still holds. Refusals and changes that change nothing are told of what was
 * read alone. `taken` has the ids of those whose new name is taken.
 */
export async function readPeople(
  database: D1Database,
  credential: Credential,
  list: readonly ReadChange[],
  taken: ReadonlySet<string>,
): Promise<Result<Prepared & { readonly isUnread: boolean }, Refusal>> {
  const remembered = prepareRemembered(credential, list, taken)
  if (remembered) return ok({ ...remembered, isUnread: true })
  const most = mayHold(credential) ? peopleTogether : list.length
  const ids = list.slice(0, most).map(({ id }) => id)
  const read = await findFirstUsers(database, credential, ids)
  if (!read.ok) return read
  const { found, count } = read.value
  const first = list.slice(0, count)
  return ok({ ...preparePeople(credential, first, found, taken), isUnread: false })
}

function prepareRemembered(
  credential: Credential,
  list: readonly ReadChange[],
  taken: ReadonlySet<string>,
): Prepared | undefined {
  const [only] = list
  if (!only || list.length > 1 || only.ifMatch !== undefined || taken.has(only.id)) return undefined
  const user = recallUser(credential, only.id)
  const after = user && preparePeople(credential, list, new Map([[only.id, user]]), taken)
  return after?.prepared[0]?.documents ? after : undefined
}

function preparePeople(
  credential: Credential,
  list: readonly ReadChange[],
  found: ReadonlyMap<string, StoredUser>,
  taken: ReadonlySet<string>,
): Prepared {
  const known = userTypeOf(credential)
  const prepared: PreparedChange[] = []
  const refused = new Map<string, ScimError>()
  let type = known
  for (const change of list) {
    const stored = present(found, change.id, change.ifMatch)
    const changed = stored.ok
      ? prepareChange(credential, stored.value, change, taken.has(change.id))
      : stored
    const seen = changed.ok
      ? observe(type, changed.value.documents ? changed.value.after : {})
      : changed
    if (changed.ok && seen.ok) {
      type = seen.value
      prepared.push(changed.value)
    } else if (!seen.ok) refused.set(change.id, seen.error)
  }
  return { count: list.length, prepared, refused, type }
}

/** Refused with `tenantFull` for what adds something to a tenant that has no room. */
function prepareChange(
  credential: Credential,
  found: StoredUser,
  change: ReadChange,
  keepsName: boolean,
): Result<PreparedChange, ScimError> {
  const old = settle(userTypeOf(credential), found)
  const changed = change.apply(old, keepsName)
  if (!changed.ok) return changed
  const { reading, attributes, documents } = changed.value
  const common = { change, old, stored: found.text ?? JSON.stringify(found.attributes), reading }
  if (isSame(attributes, old.attributes)) {
    return ok({ ...common, after: old.attributes, documents: undefined })
  }
  if (credential.isFull && growsUser(old.attributes, attributes)) return err(tenantFull(credential))
  return ok({ ...common, after: attributes, documents })
}
