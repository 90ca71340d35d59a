/** `/ServiceProviderConfig`, `/ResourceTypes` and `/Schemas` (RFC 7644 section 4), from the schemas. */
import { members } from './group'
import { textOf, type JsonObject } from './json'
import { findAttribute } from './path'
import { isNarrow } from './profile'
import type { Attribute, ResourceType, Schema } from './schema'
import { lengthOf } from './text/length'
import { maximumEntries } from './text/limits'
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
 * a standard's own or the client asks for it. Other names are ignored (RFC 7644 section 4).
 */
export function tellsOfPages(
  profile: ProfileName,
  attributes: string,
  excludedAttributes: string,
): boolean {
  if (attributes.trim() !== '') return attributes.split(',').some(isPagination)
  return (
    (profile === 'rfc' || isNarrow({ profile })) &&
    !excludedAttributes.split(',').some(isPagination)
  )
}

function isPagination(name: string): boolean {
  const plain = name.trim().toLowerCase()
  const prefix = `${configUrn.toLowerCase()}:`
  const own = plain.startsWith(prefix) ? plain.slice(prefix.length) : plain
  return own === 'pagination' || own.startsWith('pagination.')
}

/** How programs sign in to a tenant at the moment, and how the one that asks did. */
export interface SignIns {
  readonly hasTokens: boolean
  readonly hasClients: boolean
  /** True when the request came with an access token. */
  readonly isClient: boolean
  /** Where clients get access tokens. */
  readonly tokenUrl: string
}

/**
 * True where the SCIM 2.0 Interoperability Profile is kept whole: what a tenant has declared itself may
 * leave out the types of a list (section 5.4), and what was observed cannot be written (section 5.1).
 */
export function keepsInteroperability(
  profile: ProfileName,
  types: readonly ResourceType[],
): boolean {
  const schemas = types.flatMap(({ schema, extensions }) => [schema, ...extensions])
  const attributes = schemas.flatMap((schema) => schema.attributes)
  return (
    isNarrow({ profile }) &&
    !schemas.some(({ isObserved }) => isObserved) &&
    attributes.every(({ multiValued, subAttributes }) => {
      const type = multiValued ? findAttribute(subAttributes, 'type') : undefined
      return !type || type.canonicalValues !== undefined
    })
  )
}

/** `hasPages` says whether it tells of pages, `isConformant` that it keeps the Interoperability Profile. */
export function serviceProviderConfig(
  limits: Limits,
  baseUrl: string,
  hasPages: boolean,
  isConformant: boolean,
  signIns: SignIns,
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
    authenticationSchemes: describeSignIns(signIns),
    ...(isConformant ? { interopProfileConformant: true } : {}),
    meta: {
      resourceType: 'ServiceProviderConfig',
      location: `${baseUrl}/ServiceProviderConfig`,
    },
  }
}

/** The schemes that the tenant has credentials for; primary is that of the request. */
function describeSignIns({ hasTokens, hasClients, isClient, tokenUrl }: SignIns): JsonObject[] {
  const token = {
    type: 'oauthbearertoken',
    name: 'Bearer token',
    description: 'A token made in the SCIM settings of the product, sent as a bearer token.',
    specUri: 'https://www.rfc-editor.org/info/rfc6750',
    primary: !isClient,
  }
  const client = {
    type: 'oauth2',
    name: 'OAuth 2.0 client credentials',
    description: `An access token that a client of the product's SCIM settings asks for at ${tokenUrl}, sent as a bearer token.`,
    specUri: 'https://www.rfc-editor.org/info/rfc6749',
    primary: isClient,
  }
  return [...(hasTokens ? [token] : []), ...(hasClients ? [client] : [])]
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
  const schemas = new Map<string, Schema>()
  for (const schema of types.flatMap((type) => [type.schema, ...type.extensions])) {
    const key = schema.id.toLowerCase()
    schemas.set(key, joinSchemas(schemas.get(key), schema))
  }
  return Array.from(schemas.values(), (schema) => describeSchema(schema, baseUrl))
}

/** One schema of two types: what is declared for one may have been observed in the other. */
function joinSchemas(first: Schema | undefined, second: Schema): Schema {
  if (!first || first === second) return second
  const [base, more] = first.isObserved ? [second, first] : [first, second]
  const others = more.attributes.filter(({ name }) => !findAttribute(base.attributes, name))
  return { ...base, attributes: [...base.attributes, ...others] }
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
    attributes: schema.attributes.map((attribute) => describeAttribute(attribute, false)),
    meta: { resourceType: 'Schema', location: `${baseUrl}/Schemas/${schema.id}` },
  }
}

function describeAttribute(attribute: Attribute, isPart: boolean): JsonObject {
  const { subAttributes, canonicalValues, referenceTypes, maximumLength: _, ...rest } = attribute
  return {
    ...rest,
    description: [attribute.description, limitOf(attribute, isPart)]
      .filter((text) => text !== '')
      .join(' '),
    ...(canonicalValues ? { canonicalValues: [...canonicalValues] } : {}),
    ...(referenceTypes ? { referenceTypes: [...referenceTypes] } : {}),
    ...(subAttributes
      ? { subAttributes: subAttributes.map((part) => describeAttribute(part, true)) }
      : {}),
  }
}

/** The limits of a value in words; RFC 7643 section 7 has no characteristic for them. */
function limitOf(attribute: Attribute, isPart: boolean): string {
  const { mutability, multiValued } = attribute
  // A secret is kept as a part of an object alone.
  const isKept = mutability !== 'readOnly' && (isPart || mutability !== 'writeOnly')
  // Members are kept as ids of users, and a team may have any number of them.
  const isMember = attribute === members || members.subAttributes?.includes(attribute)
  if (!isKept || isMember) return ''
  const length = lengthOf(attribute)
  const limits = [
    ...(multiValued ? [`${maximumEntries.toLocaleString('en')} entries`] : []),
    ...(length === undefined ? [] : [`${length.toLocaleString('en')} characters`]),
  ]
  return limits.length === 0 ? '' : `At most ${limits.join(' of ')}.`
}
