/** Discovery, behind the token: a wrong token must not look right here (RFC 7644 section 4). */
import { withCredential } from '../auth/tenant'
import { err, ok } from '../result'
import { scimError } from '../scim/error'
import {
  describeResourceTypes,
  describeSchemas,
  findResourceType,
  findSchemaById,
  serviceProviderConfig,
} from '../scim/discovery'
import type { JsonObject } from '../scim/json'
import { userType } from '../scim/user'
import { readFor } from '../store/credentials'
import { refusedAs } from '../store/refusal'
import type { AppContext } from '../http/context'
import { maximumBodyBytes } from '../http/body'
import { cursorTimeout } from '../http/cursor'
import { maximumBulkOperations } from '../scim/bulk'
import { listResponse } from './list'
import { maximumCount } from './messages'
import { reply, replyError, replyNotFound } from '../http/reply'

const limits = {
  maximumResults: maximumCount,
  maximumOperations: maximumBulkOperations,
  maximumPayload: maximumBodyBytes,
  cursorTimeout,
}

export function getServiceProviderConfig(c: AppContext): Promise<Response> {
  return describe(c, (baseUrl) => serviceProviderConfig(limits, baseUrl))
}

export function getResourceTypes(c: AppContext): Promise<Response> {
  return describe(c, (baseUrl) => asList(describeResourceTypes(baseUrl)))
}

export function getResourceType(c: AppContext): Promise<Response> {
  return describe(c, (baseUrl) => findResourceType(c.req.param('name') ?? '', baseUrl))
}

export function getSchemas(c: AppContext): Promise<Response> {
  return describe(c, (baseUrl) => asList(describeSchemas(baseUrl)))
}

export function getSchema(c: AppContext): Promise<Response> {
  return describe(c, (baseUrl) => findSchemaById(c.req.param('urn') ?? '', baseUrl))
}

async function describe(
  c: AppContext,
  make: (baseUrl: string) => JsonObject | undefined,
): Promise<Response> {
  const valid = await withCredential(c, async () => {
    const read = await readFor(c.env.DB, c.var.credential, [])
    return read.ok ? ok(undefined) : err(refusedAs(read.error, userType))
  })
  if (!valid.ok) return replyError(c, valid.error)
  const query = new URL(c.req.url).searchParams
  // RFC 7644 section 4: a filter on these endpoints is to be refused with 403 or ignored.
  if (query.has('filter')) return replyError(c, scimError('discoveryFilter'))
  const described = make(c.var.baseUrl)
  return described ? reply(c, 200, described) : replyNotFound(c)
}

function asList(resources: JsonObject[]): JsonObject {
  return listResponse(resources.length, resources, { startIndex: 1 }) as JsonObject
}
