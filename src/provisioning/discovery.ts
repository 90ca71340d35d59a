/** Discovery, behind the token: a wrong token must not look right here (RFC 7644 section 4). */
import { err, ok } from '../result'
import { scimError } from '../scim/error'
import {
  describedAs,
  describeResourceTypes,
  describeSchemas,
  keepsInteroperability,
  serviceProviderConfig,
  tellsOfPages,
} from '../scim/discovery'
import type { JsonObject } from '../scim/json'
import { isLikeFilter } from '../scim/query/look-alike'
import type { ResourceType } from '../scim/schema'
import { userType } from '../scim/user'
import { readFor, type Credential } from '../tokens/credential'
import { refusedAs } from '../directory/refusal'
import { groupTypeOf, userTypeOf } from '../tenants/settings'
import type { ScimContext } from './context'
import { maximumBodyBytes } from './body'
import { cursorTimeout } from '../http/cursor'
import { issuerFor } from '../http/path'
import { maximumBulkOperations } from '../scim/bulk/plan'
import { listResponse } from './list'
import { maximumCount, urlQuery } from './messages'
import { reply, replyError, replyNotFound } from './reply'
import { handler } from './handler'

const limits = {
  maximumResults: maximumCount,
  maximumOperations: maximumBulkOperations,
  maximumPayload: maximumBodyBytes,
  cursorTimeout,
}

/** The configuration; D1 says in the batch that checks the token how others can sign in. */
export const getServiceProviderConfig = handler({
  read: () => ok(undefined),
  async run(c) {
    const credential = c.get('credential')
    const { schemesStatement } = await import('../oauth/store')
    const schemes = schemesStatement(c.env.DB, credential.tenantId)
    const read = await readFor(c.env.DB, credential, [schemes])
    if (!read.ok) return err(refusedAs(read.error, userType))
    const [[row]] = read.value.rows
    return ok({ hasTokens: row?.hasTokens === 1, hasClients: row?.hasClients === 1 })
  },
  reply(c, found) {
    if (isFiltering(c)) return replyError(c, scimError('discoveryFilter'))
    const query = urlQuery(c)
    const { attributes = '', excludedAttributes = '' } = query.ok ? query.value : {}
    const credential = c.get('credential')
    const { settings, slug, isClient = false } = credential
    const hasPages = tellsOfPages(settings.profile, attributes, excludedAttributes)
    const signIns = { ...found, isClient, tokenUrl: `${issuerFor(c.req.url, slug)}/token` }
    const isWhole = keepsInteroperability(settings.profile, typesOf(credential))
    return reply(
      c,
      200,
      serviceProviderConfig(limits, c.get('baseUrl'), hasPages, isWhole, signIns),
    )
  },
})

export const getResourceTypes = described((types, baseUrl) =>
  asList(describeResourceTypes(types, baseUrl)),
)

export const getResourceType = described((types, baseUrl, c) =>
  describedAs(describeResourceTypes(types, baseUrl), c.req.param('name') ?? ''),
)

export const getSchemas = described((types, baseUrl) => asList(describeSchemas(types, baseUrl)))

export const getSchema = described((types, baseUrl, c) =>
  describedAs(describeSchemas(types, baseUrl), c.req.param('urn') ?? ''),
)

/** A route that answers a description with the tenant's own schemas and those that were observed. */
function described(
  make: (types: readonly ResourceType[], baseUrl: string, c: ScimContext) => JsonObject | undefined,
) {
  return handler({
    read: () => ok(undefined),
    async run(c) {
      const read = await readFor(c.env.DB, c.get('credential'), [])
      return read.ok ? ok(undefined) : err(refusedAs(read.error, userType))
    },
    reply(c) {
      if (isFiltering(c)) return replyError(c, scimError('discoveryFilter'))
      const credential = c.get('credential')
      const shown = make(typesOf(credential), c.get('baseUrl'), c)
      return shown ? reply(c, 200, shown) : replyNotFound(c)
    },
  })
}

function typesOf(credential: Credential): readonly ResourceType[] {
  return [userTypeOf(credential), groupTypeOf(credential)]
}

/** RFC 7644 section 4: a filter on these endpoints is to be refused with 403 or ignored. */
function isFiltering(c: ScimContext): boolean {
  return [...new URL(c.req.url).searchParams.keys()].some(isLikeFilter)
}

function asList(resources: JsonObject[]): JsonObject {
  return listResponse(resources.length, resources, { startIndex: 1 }) as JsonObject
}
