/**
 * The shape of SCIM schemas, in the wire form of RFC 7643 section 7: what `/Schemas` answers is
 * the same data that validation, filters, PATCH and projection read.
 */
import { lengths } from './text/limits'

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'binary'
  | 'reference'
  | 'complex'

export interface Attribute {
  readonly name: string
  readonly type: AttributeType
  readonly multiValued: boolean
  readonly description: string
  readonly required: boolean
  readonly canonicalValues?: readonly string[]
  readonly caseExact: boolean
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly'
  readonly returned: 'always' | 'never' | 'default' | 'request'
  readonly uniqueness: 'none' | 'server' | 'global'
  readonly referenceTypes?: readonly string[]
  /** Characters of a text; that of its type where it is absent (`text/length.ts`). */
  readonly maximumLength?: number
  readonly subAttributes?: readonly Attribute[]
}

export interface Schema {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
  /** True for one that nobody has declared: it describes what was seen. */
  readonly isObserved?: true
}

/** An attribute of an extension that no schema describes, as it was seen. */
export interface SeenAttribute {
  readonly name: string
  readonly type: 'string' | 'boolean' | 'integer' | 'decimal' | 'complex'
  readonly multiValued: boolean
  readonly subAttributes?: readonly SeenAttribute[]
}

/** What was seen under one URN that no schema describes. Plain data. */
export interface SeenSchema {
  readonly id: string
  /** The resource types in which it was seen. */
  readonly resourceTypes: readonly ResourceType['name'][]
  readonly attributes: readonly SeenAttribute[]
}

export interface ResourceType {
  readonly name: 'User' | 'Group'
  readonly endpoint: '/Users' | '/Groups'
  readonly description: string
  readonly schema: Schema
  /** Those of the RFC and of the tenant, and those that were observed. */
  readonly extensions: readonly Schema[]
  /** What was seen in resources of any type; absent for nothing. */
  readonly observed?: readonly SeenSchema[]
  /** URNs of schemas that the tenant declares for the other resource type. */
  readonly foreign?: readonly string[]
}

/**
 * Example: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`
 * - extension: the enterprise schema (absent for core and common attributes)
 * - attribute: manager
 * - subAttribute: value
 */
export interface AttributePath {
  readonly extension: Schema | undefined
  readonly attribute: Attribute
  readonly subAttribute: Attribute | undefined
}

/** True for what a client can write and in no way read (RFC 7643 section 7). */
export function isSecret({ returned, mutability }: Attribute): boolean {
  return returned === 'never' || mutability === 'writeOnly'
}

/** One attribute with the defaults of RFC 7643 section 2.2. */
export function attribute(
  name: string,
  description: string,
  characteristics: Partial<Omit<Attribute, 'name' | 'description'>> = {},
): Attribute {
  return {
    name,
    type: 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...characteristics,
  }
}

/** One attribute of a schema of the RFCs whose text is as short as a name. */
export function named(
  name: string,
  description: string,
  characteristics: Partial<Omit<Attribute, 'name' | 'description'>> = {},
): Attribute {
  return attribute(name, description, { maximumLength: lengths.name, ...characteristics })
}

/** Types of an entry where RFC 7643 has none of its own. */
export const usualTypes: readonly string[] = ['work', 'home', 'other']

/** The usual sub-attributes of a multi-valued attribute (RFC 7643 section 2.4). */
export function plural(
  name: string,
  description: string,
  value: Attribute,
  types: readonly string[] = usualTypes,
): Attribute {
  return attribute(name, description, {
    type: 'complex',
    multiValued: true,
    subAttributes: [
      value,
      named('display', 'A name for this value, for people to read.'),
      named('type', 'What this value is for.', { canonicalValues: types }),
      attribute('primary', 'True for the preferred value; at most one is.', { type: 'boolean' }),
    ],
  })
}

/** Attributes that every resource has, whatever its schemas (RFC 7643 section 3.1). */
export const commonAttributes: readonly Attribute[] = [
  attribute('schemas', 'URNs of the schemas that this resource uses.', {
    type: 'reference',
    referenceTypes: ['uri'],
    multiValued: true,
    required: true,
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
  }),
  attribute('id', 'Identifier that the gateway gave to the resource; it never changes.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  named('externalId', 'Identifier that the identity provider uses for the resource.', {
    caseExact: true,
  }),
  attribute('meta', 'What the gateway keeps about the resource itself.', {
    type: 'complex',
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'Name of the resource type.', {
        caseExact: true,
        mutability: 'readOnly',
      }),
      attribute('created', 'When the resource was added.', {
        type: 'dateTime',
        mutability: 'readOnly',
      }),
      attribute('lastModified', 'When the resource was last changed.', {
        type: 'dateTime',
        mutability: 'readOnly',
      }),
      attribute('location', 'Address of the resource.', {
        type: 'reference',
        referenceTypes: ['uri'],
        caseExact: true,
        mutability: 'readOnly',
      }),
      attribute('version', 'Entity tag of the resource.', {
        caseExact: true,
        mutability: 'readOnly',
      }),
    ],
  }),
]
