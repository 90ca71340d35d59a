/**
 * URNs of schemas: the ones that older clients write, what stands behind a URN in a path, and which
 * are taken by the RFCs, so that nobody's extension can have them (RFC 7643 section 10).
 */
import type { ResourceType, Schema } from '../schema'

const coreUrn = 'urn:ietf:params:scim:schemas:core:2.0'
const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

export function isUrn(name: string): boolean {
  // The first letter is asked first: every name of every resource of a list comes by here.
  const isLikely = name.startsWith('u') || name.startsWith('U')
  return isLikely && /^urn:[a-z0-9][a-z0-9-]{0,31}:/i.test(name)
}

const legacyUrns: Readonly<Record<ResourceType['name'], ReadonlyMap<string, string>>> = {
  User: new Map([
    ['urn:scim:schemas:core:1.0', `${coreUrn}:User`],
    ['urn:scim:schemas:core:2.0', `${coreUrn}:User`],
    ['urn:scim:schemas:core:2.0:user', `${coreUrn}:User`],
    ['urn:scim:schemas:extension:enterprise:1.0', enterpriseUrn],
    ['urn:scim:schemas:extension:enterprise:2.0', enterpriseUrn],
    ['urn:scim:schemas:extension:enterprise:2.0:user', enterpriseUrn],
    ['urn:ietf:params:scim:schemas:extension:enterprise:2.0user', enterpriseUrn],
  ]),
  Group: new Map([
    ['urn:scim:schemas:core:1.0', `${coreUrn}:Group`],
    ['urn:scim:schemas:core:2.0', `${coreUrn}:Group`],
    ['urn:scim:schemas:core:2.0:group', `${coreUrn}:Group`],
  ]),
}

/**
 * OneLogin: `"schemas": ["urn:scim:schemas:core:1.0"]`, and (enterprise 1.1 template)
 * `"urn:scim:schemas:extension:enterprise:1.0": {"department": "R&D"}`; Entra's own example has
 * `…:enterprise:2.0User` without the last colon.
 */
export function legacyUrn(type: ResourceType, urn: string): string | undefined {
  return legacyUrns[type.name].get(urn.toLowerCase())
}

/**
 * UnboundID's SDK (`Path.root(urn)`): `{"op": "replace", "path": "urn:…:enterprise:2.0:User:", "value":
 * {"department": "R&D"}}`. The colon separates nothing.
 */
export function colonAfterUrn(urn: string): string | undefined {
  return isUrn(urn) && urn.endsWith(':') ? urn.slice(0, -1) : undefined
}

/** The schema of the type with this very URN, core or extension. URNs do not depend on case. */
export function schemaById(type: ResourceType, urn: string): Schema | undefined {
  const wanted = urn.toLowerCase()
  return [type.schema, ...type.extensions].find((schema) => schema.id.toLowerCase() === wanted)
}

/** A path cut behind the URN of a schema of its type. */
export interface Qualified {
  /** The URN as the schema or the older client writes it. */
  readonly urn: string
  readonly separator: ':' | '.'
  readonly rest: string
}

/**
 * `urn:…:User:department` → the URN and `department`; Grouper writes `urn:…:User.department`. The
 * longest URN wins, and a name holds no colon (RFC 7643 section 2.1): `urn:…:2.0:User:x` is not
 * behind `urn:…:2.0`, nor is `urn:…:2.0` behind `urn:…:2`.
 */
export function cutUrn(type: ResourceType, text: string): Qualified | undefined {
  const lower = text.toLowerCase()
  let longest: Qualified | undefined
  for (const urn of urnsOf(type)) {
    const separator = lower.charAt(urn.length)
    if ((separator !== ':' && separator !== '.') || !lower.startsWith(urn)) continue
    if (longest && longest.urn.length > urn.length) continue
    const rest = text.slice(urn.length + 1)
    const isName = separator === ':' || /^[a-z$_]/i.test(rest)
    if (isName && !rest.includes(':')) longest = { urn, separator, rest }
  }
  return longest
}

/** Every URN that a schema of the type answers to, in lower case. */
function urnsOf(type: ResourceType): readonly string[] {
  const known = urnsByType.get(type)
  if (known) return known
  const urns = [type.schema, ...type.extensions].map(({ id }) => id.toLowerCase())
  const all = [...urns, ...legacyUrns[type.name].keys()]
  urnsByType.set(type, all)
  return all
}

const urnsByType = new WeakMap<ResourceType, readonly string[]>()

/** URNs that the RFCs and their drafts have taken. All others are free. */
const takenUrns = [
  'urn:ietf:params:scim:schemas:core',
  'urn:ietf:params:scim:schemas:extension:enterprise',
  'urn:ietf:params:scim:api',
  'urn:scim:schemas',
]

/** True when the RFCs have taken a URN, or a part of it up to a colon. */
export function isTakenUrn(urn: string): boolean {
  const lower = urn.toLowerCase()
  return takenUrns.some((taken) => isBehind(taken, lower) || isBehind(lower, taken))
}

/**
 * Whether a text can name no extension of a resource: its URN is taken, is that of a schema of the
 * other resource type, or is that of a schema of this type cut short. Asked of what no schema of
 * the type answers to.
 */
export function isReservedUrn(type: ResourceType, text: string): boolean {
  if (isTakenUrn(text)) return true
  const lower = text.toLowerCase()
  return (
    type.extensions.some(
      ({ id, isObserved }) => !isObserved && isBehind(lower, id.toLowerCase()),
    ) || (type.foreign ?? []).some((urn) => isBehind(urn.toLowerCase(), lower))
  )
}

/** The same URN, or a longer one. */
function isBehind(urn: string, text: string): boolean {
  const next = text.charAt(urn.length)
  return text.startsWith(urn) && (next === '' || next === ':' || next === '.')
}

/** True for a name under which a resource holds nothing, whatever older releases stored. */
export function isStrayUrn(name: string): boolean {
  return isUrn(name) && name !== enterpriseUrn && isTakenUrn(name)
}
