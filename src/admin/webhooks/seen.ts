/**
 * What a page or an answer of the API shows of an endpoint, as digests that tell nothing of the address: it may hold a
 * key that is not shown.
 */
import type { Refusal } from '../../database/batch'
import type { EventType } from '../../database/schema/event-types'
import { shownTarget } from '../../public-address'
import type { Endpoint } from '../../webhooks/endpoint-commands'
import { secretOf } from '../../tokens/secret'
import { ok, type Result } from '../../result'
import { noTenant, readKeys } from '../../sealing/keys'
import type { AdminContext } from '../shell/context'
import { plain, type Digests } from '../shell/stale/shown'

type Seen = Pick<Endpoint, 'url' | 'types'>

/**
 * The key of the digests of an endpoint that was found: that of the signing secrets, which is there as soon as an
 * endpoint is. Refused as the endpoint was.
 */
export async function seenKeyOf(
  c: AdminContext,
  found: Result<unknown, Refusal>,
): Promise<Result<string, Refusal>> {
  if (!found.ok) return found
  const tenantId = c.req.param('slug') === undefined ? noTenant : c.var.tenant.id
  const keys = await readKeys(c.env.DB, tenantId, 'webhooks')
  return keys.ok ? ok(keys.value[0].key) : keys
}

/** Digests are keyed, and so long that texts of one endpoint differ in them. */
async function digestOf(key: string, text: string): Promise<string> {
  return (await secretOf(`shown ${key}`, plain(text))).slice(0, 16)
}

/** By field. The address has a second digest where another text stands for it. */
export async function endpointDigests(key: string, { url, types }: Seen): Promise<Digests> {
  const addresses = [...new Set([url, shownTarget(url)])]
  return new Map([
    ['url', await Promise.all(addresses.map((text) => digestOf(key, text)))],
    ['events', [await digestOf(key, eventsText(types))]],
  ])
}

/** Digests of what was entered, by field. */
export async function enteredDigests(
  key: string,
  { url, types }: Seen,
): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['url', await digestOf(key, url)],
    ['events', await digestOf(key, eventsText(types))],
  ])
}

/** The entity tag of what a change of an endpoint replaces. */
export async function endpointTag(key: string, { url, types }: Seen): Promise<string> {
  return `"${await digestOf(key, JSON.stringify([url, types]))}"`
}

function eventsText(types: readonly EventType[] | null): string {
  return (types ?? []).join(' ')
}
