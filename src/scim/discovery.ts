/** `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` (RFC 7644 section 4), from the schemas. */
import { textOf, type JsonObject } from './json'
import type { Attribute, ResourceType, Schema } from './schema'
import type { ProfileName } from './tolerance/reading'

const configUrn = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'

/** Limits that clients have to know. */
export interface Limits {
  readonly maximumResults: number
  /** Operations of one Bulk request. */
  readonly maximumOperations: number
  /** Bytes. */
  readonly maximumPayload: number
  /** Seconds. */
  readonly cursorTimeout: number
}

/**
 * Whether the configuration tells of pages (RFC 9865 section 4). Clients of older libraries refuse it
 * whole because of a member that RFC 7643 does not know, so that it is left out unless the profile is
 * the RFCs' own or the client asks for it. Other names are ignored (RFC 7644 section 4).
 */
export function tellsOfPages(
  profile: ProfileName,
  attributes: string,
  excludedAttributes: string,
): boolean {
  if (attributes.trim() !== '') return attributes.split(',').some(isPagination)
  return profile === 'rfc' && !excludedAttributes.split(',').some(isPagination)
}

function isPagination(name: string): boolean {
  const plain = name.trim().toLowerCase()
  const prefix = `${configUrn.toLowerCase()}:`
  const own = plain.startsWith(prefix) ? plain.slice(prefix.length) : plain
  return own === 'pagination' || own.startsWith('pagination.')
}

/** `hasPages` says whether it tells of pages. */
export function serviceProviderConfig(
  limits: Limits,
  baseUrl: string,
  hasPages: boolean,
): JsonObject {
  return {
    schemas: [configUrn],
    patch: { supported: true },
    bulk: {
      supported: true,
      maxOperations: limits.maximumOperations,
      maxPayloadSize: limits.maximumPayload,
    },
    filter: { supported: true, maxResults: limits.maximumResults },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    ...(hasPages ? { pagination: describePages(limits) } : {}),
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token made in the SCIM settings of the product, sent as a bearer token.',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: {
      resourceType: 'ServiceProviderConfig',
      location: `${baseUrl}/ServiceProviderConfig`,
    },
  }
}

function describePages(limits: Limits): JsonObject {
  return {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: limits.maximumResults,
    maxPageSize: limits.maximumResults,
    cursorTimeout: limits.cursorTimeout,
  }
}

export function describeResourceTypes(
  types: readonly ResourceType[],
  baseUrl: string,
): JsonObject[] {
  return types.map((type) => describeResourceType(type, baseUrl))
}

export function describeSchemas(types: readonly ResourceType[], baseUrl: string): JsonObject[] {
  const schemas = types.flatMap((type) => [type.schema, ...type.extensions])
  return schemas.map((schema) => describeSchema(schema, baseUrl))
}

/** The description with this id, whatever the case of a URN. */
export function describedAs(
  descriptions: readonly JsonObject[],
  id: string,
): JsonObject | undefined {
  return descriptions.find(
    (description) => textOf(description['id']).toLowerCase() === id.toLowerCase(),
  )
}

function describeResourceType(type: ResourceType, baseUrl: string): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    id: type.name,
    name: type.name,
    endpoint: type.endpoint,
    description: type.description,
    schema: type.schema.id,
    schemaExtensions: type.extensions.map(({ id }) => ({ schema: id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/ResourceTypes/${type.name}` },
  }
}

function describeSchema(schema: Schema, baseUrl: string): JsonObject {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: schema.attributes.map(describeAttribute),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` },
  }
}

function describeAttribute(attribute: Attribute): JsonObject {
  const { subAttributes, canonicalValues, referenceTypes, ...rest } = attribute
  return {
    ...rest,
    ...(canonicalValues ? { canonicalValues: [...canonicalValues] } : {}),
    ...(referenceTypes ? { referenceTypes: [...referenceTypes] } : {}),
    ...(subAttributes ? { subAttributes: subAttributes.map(describeAttribute) } : {}),
  }
}
