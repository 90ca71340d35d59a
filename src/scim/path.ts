/**
 * Where a client's text becomes an attribute. Nothing behind this module looks at names that a
 * client sent: it is handed definitions (RFC 7644 section 3.10 has the notation).
 */
import {
  commonAttributes,
  isSecret,
  type Attribute,
  type AttributePath,
  type ResourceType,
  type Schema,
} from './schema'
import {
  displayNameAsDisplay,
  extensionNameWithoutUrn,
  managerIdAsValue,
} from './tolerance/attributes'
import type { Reading } from './tolerance/reading'
import { colonAfterUrn, cutUrn, isReservedUrn, isUrn, legacyUrn, schemaById } from './notation/urn'

/** The definition that the path ends at. */
export function target(path: AttributePath): Attribute {
  return path.subAttribute ?? path.attribute
}

/** True when neither answers nor filters nor an order may tell what stands there. */
export function isSecretPath({ attribute, subAttribute }: AttributePath): boolean {
  return isSecret(attribute) || (subAttribute !== undefined && isSecret(subAttribute))
}

/** The path as messages name it, in the spelling of the schema. */
export function pathText(path: AttributePath): string {
  const prefix = path.extension ? `${path.extension.id}:` : ''
  return `${prefix}${path.attribute.name}${path.subAttribute ? `.${path.subAttribute.name}` : ''}`
}

/** Attribute names do not depend on case (RFC 7643 section 2.1). */
export function findAttribute(
  attributes: readonly Attribute[] | undefined,
  name: string,
): Attribute | undefined {
  if (!attributes) return undefined
  const known = byName.get(attributes) ?? indexed(attributes)
  return known.get(name.toLowerCase())
}

/** Lists of attributes by their names in lower case; a schema's list is one and never changes. */
const byName = new WeakMap<readonly Attribute[], ReadonlyMap<string, Attribute>>()

function indexed(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  const index = new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]))
  byName.set(attributes, index)
  return index
}

export function findSubAttribute(
  reading: Reading,
  attribute: Attribute,
  name: string,
): Attribute | undefined {
  const found = findAttribute(attribute.subAttributes, name)
  if (found) return found
  const value = managerIdAsValue(attribute, name)
  if (value) reading.applied.add('managerIdAsValue')
  const display = displayNameAsDisplay(attribute, name)
  if (display) reading.applied.add('displayNameAsDisplay')
  return value ?? display
}

/** The schema with this URN, core or extension. URNs do not depend on case. */
export function findSchema(reading: Reading, urn: string): Schema | undefined {
  const schema = schemaOf(reading, urn)
  if (schema) return schema
  const root = colonAfterUrn(urn)
  const tolerated = root === undefined ? undefined : schemaOf(reading, root)
  if (tolerated) reading.applied.add('colonAfterUrn')
  return tolerated
}

function schemaOf(reading: Reading, urn: string): Schema | undefined {
  const schema = schemaById(reading.type, urn)
  if (schema) return schema
  const meant = legacyUrn(reading.type, urn)
  const tolerated = meant === undefined ? undefined : schemaById(reading.type, meant)
  if (tolerated) reading.applied.add('legacyUrn')
  return tolerated
}

/** Every attribute of the type that belongs to its core schema, or to every resource. */
export function coreAttributes(type: ResourceType): readonly Attribute[] {
  const known = coreOf.get(type.schema)
  if (known) return known
  const attributes = [...commonAttributes, ...type.schema.attributes]
  coreOf.set(type.schema, attributes)
  return attributes
}

const coreOf = new WeakMap<Schema, readonly Attribute[]>()

/** Reads `attribute`, `attribute.sub` or either behind a schema URN; undefined for unknown names. */
export function resolvePath(reading: Reading, text: string): AttributePath | undefined {
  const qualified = splitUrn(reading, text)
  if (qualified) {
    const { schema, rest } = qualified
    const isCore = schema === reading.type.schema
    return resolveNames(
      reading,
      isCore ? coreAttributes(reading.type) : schema.attributes,
      isCore ? undefined : schema,
      rest,
    )
  }
  const path = resolveNames(reading, coreAttributes(reading.type), undefined, text)
  if (path) return path
  const [name = '', sub] = text.split('.')
  const tolerated = extensionNameWithoutUrn(reading.type, name)
  if (!tolerated) return undefined
  const found = resolveNames(
    reading,
    tolerated.extension.attributes,
    tolerated.extension,
    sub === undefined ? name : text,
  )
  if (found) reading.applied.add('extensionNameWithoutUrn')
  return found
}

function resolveNames(
  reading: Reading,
  attributes: readonly Attribute[],
  extension: Schema | undefined,
  text: string,
): AttributePath | undefined {
  const [name = '', sub, ...more] = text.split('.')
  if (more.length > 0) return undefined
  const attribute = findAttribute(attributes, name)
  if (!attribute) return undefined
  if (sub === undefined) return { extension, attribute, subAttribute: undefined }
  const subAttribute = findSubAttribute(reading, attribute, sub)
  return subAttribute ? { extension, attribute, subAttribute } : undefined
}

/** True when the text starts with the URN of a schema of the type. */
function isBehindSchema(reading: Reading, text: string): boolean {
  return isUrn(text) && cutUrn(reading.type, text) !== undefined
}

/** True when the text starts with the URN of a schema of the type that somebody has declared. */
export function isDeclared(reading: Reading, text: string): boolean {
  const cut = isUrn(text) ? cutUrn(reading.type, text) : undefined
  return cut !== undefined && schemaById(reading.type, cut.urn)?.isObserved !== true
}

/** True when the text begins like a schema of SCIM and is not one of the type. */
export function isReserved(reading: Reading, text: string): boolean {
  const isKnown = schemaById(reading.type, text) !== undefined || isBehindSchema(reading, text)
  return isUrn(text) && !isKnown && isReservedUrn(reading.type, text)
}

/** `urn:…:User:department`, or with a dot as Grouper writes it → that schema and `department`. */
function splitUrn(reading: Reading, text: string): { schema: Schema; rest: string } | undefined {
  const cut = isUrn(text) ? cutUrn(reading.type, text) : undefined
  const schema = cut && findSchema(reading, cut.urn)
  if (!schema) return undefined
  if (cut.separator === '.') reading.applied.add('dotAfterUrn')
  return { schema, rest: cut.rest }
}
