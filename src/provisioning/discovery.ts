/** Discovery, behind the token: a wrong token must not look right here (RFC 7644 section 4). */
import { withCredential } from './authenticate'
import { err, ok } from '../result'
import { scimError } from '../scim/error'
import {
  describedAs,
  describeResourceTypes,
  describeSchemas,
  serviceProviderConfig,
} from '../scim/discovery'
import type { JsonObject } from '../scim/json'
import type { ResourceType } from '../scim/schema'
import { userType } from '../scim/user'
import { readFor } from '../tokens/credential'
import { refusedAs } from '../directory/refusal'
import { groupTypeOf, userTypeOf } from '../tenants/settings'
import type { AppContext } from './context'
import { maximumBodyBytes } from './body'
import { cursorTimeout } from '../http/cursor'
import { maximumBulkOperations } from '../scim/bulk'
import { listResponse } from './list'
import { maximumCount } from './messages'
import { reply, replyError, replyNotFound } from './reply'

const limits = {
  maximumResults: maximumCount,
  maximumOperations: maximumBulkOperations,
  maximumPayload: maximumBodyBytes,
  cursorTimeout,
}

export function getServiceProviderConfig(c: AppContext): Promise<Response> {
  return describe(c, (_, baseUrl) => serviceProviderConfig(limits, baseUrl))
}

export function getResourceTypes(c: AppContext): Promise<Response> {
  return describe(c, (types, baseUrl) => asList(describeResourceTypes(types, baseUrl)))
}

export function getResourceType(c: AppContext): Promise<Response> {
  const name = c.req.param('name') ?? ''
  return describe(c, (types, baseUrl) => describedAs(describeResourceTypes(types, baseUrl), name))
}

export function getSchemas(c: AppContext): Promise<Response> {
  return describe(c, (types, baseUrl) => asList(describeSchemas(types, baseUrl)))
}

export function getSchema(c: AppContext): Promise<Response> {
  const urn = c.req.param('urn') ?? ''
  return describe(c, (types, baseUrl) => describedAs(describeSchemas(types, baseUrl), urn))
}

async function describe(
  c: AppContext,
  make: (types: readonly ResourceType[], baseUrl: string) => JsonObject | undefined,
): Promise<Response> {
  const valid = await withCredential(c, async () => {
    const read = await readFor(c.env.DB, c.get('credential'), [])
    return read.ok ? ok(undefined) : err(refusedAs(read.error, userType))
  })
  if (!valid.ok) return replyError(c, valid.error)
  const query = new URL(c.req.url).searchParams
  // RFC 7644 section 4: a filter on these endpoints is to be refused with 403 or ignored.
  if (query.has('filter')) return replyError(c, scimError('discoveryFilter'))
  const { settings } = c.get('credential')
  const described = make([userTypeOf(settings), groupTypeOf(settings)], c.get('baseUrl'))
  return described ? reply(c, 200, described) : replyNotFound(c)
}

function asList(resources: JsonObject[]): JsonObject {
  return listResponse(resources.length, resources, { startIndex: 1 }) as JsonObject
}
