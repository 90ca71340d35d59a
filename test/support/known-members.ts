/**
 * The members that RFC 7643 and RFC 7644 know, written down from their text and not from the schemas of
 * the gateway. Libraries such as UnboundID's SDK refuse an answer with any other.
 */

/** Members of an object with their shapes; `true` for a value without members, or for any. */
interface Shape {
  readonly [member: string]: Shape | true
}

const plain = (...names: readonly string[]): Shape =>
  Object.fromEntries(names.map((name) => [name, true] as const))

const meta = plain('resourceType', 'created', 'lastModified', 'location', 'version')
const common: Shape = { ...plain('schemas', 'id', 'externalId'), meta }
const plural = plain('value', 'display', 'type', 'primary', '$ref')

const enterprise: Shape = {
  ...plain('employeeNumber', 'costCenter', 'organization', 'division', 'department'),
  manager: plain('value', '$ref', 'displayName'),
}

const attribute: Shape = plain(
  'name',
  'type',
  'multiValued',
  'description',
  'required',
  'canonicalValues',
  'caseExact',
  'mutability',
  'returned',
  'uniqueness',
  'referenceTypes',
)

const error = plain('schemas', 'status', 'scimType', 'detail')
const core = 'urn:ietf:params:scim:schemas:core:2.0'
const messages = 'urn:ietf:params:scim:api:messages:2.0'

const shapes: Readonly<Record<string, Shape>> = {
  // RFC 7643 sections 3.1, 4.1 and 4.3.
  [`${core}:User`]: {
    ...common,
    ...plain('userName', 'displayName', 'nickName', 'profileUrl', 'title', 'userType'),
    ...plain('preferredLanguage', 'locale', 'timezone', 'active'),
    name: plain(
      'formatted',
      'familyName',
      'givenName',
      'middleName',
      'honorificPrefix',
      'honorificSuffix',
    ),
    emails: plural,
    phoneNumbers: plural,
    ims: plural,
    photos: plural,
    entitlements: plural,
    roles: plural,
    x509Certificates: plural,
    groups: plain('value', '$ref', 'display', 'type'),
    addresses: plain(
      'formatted',
      'streetAddress',
      'locality',
      'region',
      'postalCode',
      'country',
      'type',
      'primary',
    ),
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': enterprise,
  },
  // RFC 7643 section 4.2; `display` is in the examples and in the errata.
  [`${core}:Group`]: {
    ...common,
    displayName: true,
    members: plain('value', '$ref', 'type', 'display'),
  },
  // RFC 7643 section 5.
  [`${core}:ServiceProviderConfig`]: {
    ...plain('schemas', 'documentationUri'),
    patch: plain('supported'),
    bulk: plain('supported', 'maxOperations', 'maxPayloadSize'),
    filter: plain('supported', 'maxResults'),
    changePassword: plain('supported'),
    sort: plain('supported'),
    etag: plain('supported'),
    authenticationSchemes: plain(
      'type',
      'name',
      'description',
      'specUri',
      'documentationUri',
      'primary',
    ),
    meta,
  },
  // RFC 7643 section 6.
  [`${core}:ResourceType`]: {
    ...plain('schemas', 'id', 'name', 'description', 'endpoint', 'schema'),
    schemaExtensions: plain('schema', 'required'),
    meta,
  },
  // RFC 7643 section 7.
  [`${core}:Schema`]: {
    ...plain('schemas', 'id', 'name', 'description'),
    attributes: { ...attribute, subAttributes: attribute },
    meta,
  },
  // RFC 7644 sections 3.4.2, 3.7.3 and 3.12.
  [`${messages}:ListResponse`]: {
    ...plain('schemas', 'totalResults', 'startIndex', 'itemsPerPage', 'Resources'),
  },
  [`${messages}:BulkResponse`]: {
    schemas: true,
    Operations: {
      ...plain('location', 'method', 'bulkId', 'version', 'status'),
      response: error,
    },
  },
  [`${messages}:Error`]: error,
}

/** What RFC 9865 adds, for those who ask for it. */
const ofPages: Readonly<Record<string, Shape>> = {
  [`${messages}:ListResponse`]: plain('nextCursor', 'previousCursor'),
  [`${core}:ServiceProviderConfig`]: {
    pagination: plain(
      'cursor',
      'index',
      'defaultPaginationMethod',
      'defaultPageSize',
      'maxPageSize',
      'cursorTimeout',
    ),
  },
}

/** The members of an answer, and of the resources in it, that the RFCs do not know. */
export function unknownMembers(body: any, knowsPages = false): string[] {
  const [urn] = body?.schemas ?? []
  const shape = shapes[urn]
  if (!shape) return [`schemas: ${JSON.stringify(body?.schemas)}`]
  const inside = (body.Resources ?? []).flatMap((resource: any) =>
    unknownMembers(resource, knowsPages),
  )
  return [...beyond(body, { ...shape, ...(knowsPages ? ofPages[urn] : {}) }, ''), ...inside]
}

function beyond(value: any, shape: Shape | true, place: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => beyond(item, shape, place))
  if (shape === true || typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = Object.hasOwn(shape, name) ? shape[name] : undefined
    return known === undefined ? [`${place}${name}`] : beyond(inner, known, `${place}${name}.`)
  })
}
