/** Names under which requests are limited: one for all keys of a tenant, one for each other key. */

/** Tenants of keys that open one alone, by the keys' hashes, in the memory of the isolate. */
const owners = new Map<string, number>()

const maximumKeys = 10_000

/** Remembers whose key it is, once D1 has said so. */
export function rememberOwner(hash: string, tenantId: number): void {
  if (owners.size >= maximumKeys) owners.clear()
  owners.set(hash, tenantId)
}

/** A key that this isolate has not seen yet counts by itself: nothing is looked up before the limit. */
export function limitOf(hash: string): string {
  const tenantId = owners.get(hash)
  return tenantId === undefined ? hash : `application ${tenantId}`
}
