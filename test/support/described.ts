/** What a strict client makes of an answer: it knows nothing but what discovery describes. */
import type { ScimClient } from './tenant'

interface Described {
  readonly name: string
  readonly type: string
  readonly multiValued: boolean
  readonly subAttributes?: readonly Described[]
}

/** What discovery says, by resource type. */
export interface Discovery {
  readonly schemas: ReadonlyMap<string, readonly Described[]>
  /** URNs of the schemas of each type: its own first. */
  readonly types: ReadonlyMap<string, readonly string[]>
}

const common: readonly Described[] = [
  { name: 'schemas', type: 'string', multiValued: true },
  { name: 'id', type: 'string', multiValued: false },
  { name: 'externalId', type: 'string', multiValued: false },
  {
    name: 'meta',
    type: 'complex',
    multiValued: false,
    subAttributes: ['resourceType', 'created', 'lastModified', 'location', 'version'].map(
      (name) => ({ name, type: 'string', multiValued: false }),
    ),
  },
]

/** Reads `/Schemas` and `/ResourceTypes`. */
export async function discover(scim: ScimClient): Promise<Discovery> {
  const schemas = (await scim.call('GET', '/Schemas')).body.Resources
  const types = (await scim.call('GET', '/ResourceTypes')).body.Resources
  return {
    schemas: new Map(schemas.map(({ id, attributes }: any) => [id, attributes])),
    types: new Map(
      types.map(({ name, schema, schemaExtensions }: any) => [
        name,
        [schema, ...schemaExtensions.map((extension: any) => extension.schema)],
      ]),
    ),
  }
}

/** What a resource holds that discovery does not describe, each as a sentence. */
export function undescribed({ schemas, types }: Discovery, resource: any): string[] {
  const { schemas: named, ...members } = resource
  const [core, ...extensions] = types.get(resource.meta.resourceType) ?? []
  const known = new Set([core, ...extensions])
  const found: string[] = named
    .filter((urn: string) => !known.has(urn))
    .map((urn: string) => `${urn} is no schema of the type`)
  const base = [...common, ...(schemas.get(core ?? '') ?? [])]
  for (const [name, value] of Object.entries(members)) {
    if (!/^urn:/i.test(name)) found.push(...problems(base, name, value))
    else if (!named.includes(name)) found.push(`${name} is not among the schemas`)
    else {
      const attributes = schemas.get(name)
      if (!attributes) found.push(`${name} is no schema`)
      for (const [inner, item] of Object.entries(value as object)) {
        found.push(...problems(attributes ?? [], inner, item).map((text) => `${name}:${text}`))
      }
    }
  }
  return found
}

function problems(attributes: readonly Described[], name: string, value: unknown): string[] {
  const attribute = attributes.find((one) => one.name.toLowerCase() === name.toLowerCase())
  if (!attribute) return [`${name} is described nowhere`]
  if (attribute.multiValued !== Array.isArray(value)) return [`${name} is a list, or is not one`]
  return [value].flat().flatMap((item) => {
    if (attribute.type !== 'complex') {
      return isOf(attribute.type, item) ? [] : [`${name} is no ${attribute.type}`]
    }
    if (typeof item !== 'object' || item === null || Array.isArray(item)) {
      return [`${name} is no object`]
    }
    return Object.entries(item).flatMap(([part, inner]) =>
      problems(attribute.subAttributes ?? [], part, inner).map((text) => `${name}.${text}`),
    )
  })
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'integer') return Number.isSafeInteger(value)
  if (type === 'decimal') return typeof value === 'number'
  return typeof value === 'string'
}
