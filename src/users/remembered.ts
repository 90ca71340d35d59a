/**
 * People whom this isolate has just read or written. Providers read somebody right before they write,
 * so that a change of one can go out at once, over exactly what is remembered. D1 refuses it when the
 * person is another by now: memory can cost a repetition, and nothing else.
 */
import { BoundedMap } from '../bounded-map'
import { rememberedCharacters } from '../limits'
import type { StoredUser, UserText } from '../scim/representation'
import { readUserText } from './store'
import type { Credential } from '../tokens/credential'

/** Milliseconds that a person is remembered. */
const memoryTime = 10_000
const maximumPeople = 500

const memory = new BoundedMap<string, { readonly user: UserText; readonly until: number }>(
  maximumPeople,
)

/** Somebody long is read each time: so many of them do not fit into an isolate. */
export function rememberUser({ tenantId }: Credential, user: UserText): void {
  const { attributes, groups } = user
  const others = groups.length === 0 ? 0 : JSON.stringify(groups).length
  const isLong = attributes.length + others > rememberedCharacters
  if (isLong) {
    memory.delete(`${tenantId}/${user.id}`)
    return
  }
  memory.set(`${tenantId}/${user.id}`, { user, until: Date.now() + memoryTime })
}

/** The person, once: what comes of the change is remembered anew. */
export function recallUser({ tenantId }: Credential, id: string): StoredUser | undefined {
  const name = `${tenantId}/${id}`
  const found = memory.get(name)
  memory.delete(name)
  return found && found.until > Date.now() ? readUserText(found.user) : undefined
}
