/** Random resources and filters of any resource type, made from its schemas. */
import * as fc from 'fast-check'
import type { Comparable, Filter, Operator } from '../../src/scim/filter/tree'
import type { Json, JsonObject } from '../../src/scim/json'
import { searchElement } from '../../src/scim/filter/match'
import { coreAttributes, pathText, target } from '../../src/scim/path'
import type { Attribute, AttributePath, ResourceType, Schema } from '../../src/scim/schema'

/** Pieces that meet often, and that differ in case, form, length or order. */
const pieces = [
  Array.from('aAb "\\\'%_$.01ÄäßẞİiıςσΣ'),
  ['{}', '[]', 'null', 'A\u0308', 'J\u030c', '\u01f0', '\u0301', '\u00a0', '\u2028', '\t'],
  ['\uFB00', '\uFFFD', '\u{1F600}', '\u{1F601}', '\u{10FFFF}'],
].flat()

/** Some pieces come often, so that a text is now and then part of another. */
const piece = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('a', 'A', ' ', '\u{1F600}') },
  { weight: 1, arbitrary: fc.constantFrom(...pieces) },
)

export const text = fc.array(piece, { maxLength: 3 }).map((list) => list.join(''))

export const ids = ['1', '2', '3', '4', '5', '6'] as const

const instants = fc.constantFrom(
  '2026-01-01T00:00:00Z',
  '2026-01-01T01:00:00+01:00',
  '2026-01-01T00:00:00.001Z',
  '2026-01-02T00:00:00Z',
  '1969-12-31T23:59:59.5Z',
)

/** Values of one attribute as a client writes them; few, so that filters meet resources. */
function writtenAt(path: AttributePath): fc.Arbitrary<Json> {
  const attribute = target(path)
  if (/^(id|groups\.value|members\.value)$/.test(pathText(path))) return fc.constantFrom(...ids)
  if (pathText(path) === 'meta.resourceType') return fc.constantFrom('User', 'Group', 'user', 'u')
  return writtenAs(attribute)
}

function writtenAs(attribute: Attribute): fc.Arbitrary<Json> {
  switch (attribute.type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: -2, max: 2 })
    case 'decimal':
      return fc.constantFrom(-1.5, 0, 0.1, 1, 1.5, 1e21)
    case 'dateTime':
      return instants
    case 'complex':
      return elements(attribute)
    case 'string':
    case 'reference':
    case 'binary': {
      const known = attribute.canonicalValues ?? []
      return known.length > 0 ? fc.oneof(fc.constantFrom(...known, 'WORK', 'dir'), text) : text
    }
  }
}

function elements(attribute: Attribute): fc.Arbitrary<JsonObject> {
  return members(attribute.subAttributes ?? [])
}

function members(attributes: readonly Attribute[]): fc.Arbitrary<JsonObject> {
  const model: { [name: string]: fc.Arbitrary<Json> } = {}
  for (const attribute of attributes) {
    if (attribute.mutability === 'readOnly' || attribute.returned === 'never') continue
    const one = writtenAs(attribute)
    model[attribute.name] = attribute.multiValued ? fc.array(one, { maxLength: 3 }) : one
  }
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>
}

/** The attributes of a resource as they are kept; without `groups` and `members`. */
export function resources(type: ResourceType): fc.Arbitrary<JsonObject> {
  const core = coreAttributes(type).filter(({ name }) => name !== 'members')
  const required = type.schema.attributes.filter((attribute) => attribute.required)
  const extensions = type.extensions.map((schema) =>
    fc.option(members(schema.attributes)).map((values) => (values ? { [schema.id]: values } : {})),
  )
  return fc
    .tuple(
      members(core),
      fc.tuple(...required.map((attribute) => writtenAs(attribute))),
      fc.tuple(...extensions),
    )
    .map(([optional, values, extended]) =>
      Object.assign(
        { 'urn:example:undeclared': { floor: 1 } },
        optional,
        Object.fromEntries(required.map(({ name }, index) => [name, values[index] ?? null])),
        ...extended,
      ),
    )
}

/** Attributes that no filter may name, because they are made with each answer. */
const refused = /^(meta\.(location|version)|groups\.\$ref|members\.(\$ref|display))$/

const textOperators: readonly Operator[] = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le']

const operators: Readonly<Record<Attribute['type'], readonly Operator[]>> = {
  string: textOperators,
  reference: textOperators,
  binary: ['eq', 'ne', 'co', 'sw', 'ew'],
  boolean: ['eq', 'ne'],
  integer: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  decimal: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  dateTime: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  complex: [],
}

/** Every path that a filter of this type can name. */
export function pathsOf(type: ResourceType): readonly AttributePath[] {
  const schemas: readonly (Schema | undefined)[] = [undefined, ...type.extensions]
  return schemas
    .flatMap((extension) =>
      (extension ? extension.attributes : coreAttributes(type)).flatMap((attribute) =>
        [undefined, ...(attribute.subAttributes ?? [])].map((subAttribute) => ({
          extension,
          attribute,
          subAttribute,
        })),
      ),
    )
    .filter((path) => target(path).returned !== 'never' && !refused.test(pathText(path)))
}

/** Filters as the parser makes them. */
export function filters(type: ResourceType): fc.Arbitrary<Filter> {
  const paths = pathsOf(type)
  const simple = paths.filter((path) => target(path).type !== 'complex')
  const wholes = paths.filter(
    ({ attribute, subAttribute }) =>
      attribute.type === 'complex' &&
      !subAttribute &&
      !attribute.subAttributes?.some((sub) => sub.name === 'value'),
  )
  const lists = paths.filter(
    ({ attribute, subAttribute }) =>
      (attribute.type === 'complex' || attribute.multiValued) && !subAttribute,
  )
  const presents = fc
    .constantFrom(...simple, ...wholes)
    .map((path): Filter => ({ kind: 'present', path }))
  const elementFilters = fc.constantFrom(...lists).chain((path) => {
    // An entry without parts is its own value.
    const isPlain = path.attribute.type !== 'complex'
    const inner = simple.filter(
      ({ extension, attribute, subAttribute }) =>
        extension === path.extension &&
        attribute === path.attribute &&
        (isPlain || subAttribute !== undefined),
    )
    const value = inner.filter(({ subAttribute }) => subAttribute?.name === 'value')
    return treesOf(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...inner, ...value, ...value).chain(comparisons) },
        { weight: 1, arbitrary: fc.constantFrom(...inner).map(presence) },
      ),
      2,
    ).map((filter): Filter => ({ kind: 'element', path, filter }))
  })
  return treesOf(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...simple).chain(comparisons) },
      { weight: 4, arbitrary: elementFilters },
      { weight: 1, arbitrary: presents },
    ),
    3,
  )
}

function presence(path: AttributePath): Filter {
  return { kind: 'present', path }
}

function comparisons(path: AttributePath): fc.Arbitrary<Filter> {
  const attribute = target(path)
  const compared = fc.record({
    kind: fc.constant('compare' as const),
    path: fc.constant(path),
    operator: fc.constantFrom(...operators[attribute.type]),
    value: writtenAt(path).map((value) => comparable(attribute, value)),
  })
  const withNull = fc.record({
    kind: fc.constant('compare' as const),
    path: fc.constant(path),
    operator: fc.constantFrom('eq' as const, 'ne' as const),
    value: fc.constant(null),
  })
  return fc.oneof({ weight: 12, arbitrary: compared }, { weight: 1, arbitrary: withNull })
}

function comparable(attribute: Attribute, value: Json): Comparable {
  const found = searchElement(attribute, value)
  return typeof found === 'object' ? null : found
}

function treesOf(leaf: fc.Arbitrary<Filter>, depth: number): fc.Arbitrary<Filter> {
  if (depth === 0) return leaf
  const inner = treesOf(leaf, depth - 1)
  const operands = fc.array(inner, { minLength: 2, maxLength: 3 })
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: inner.map((operand): Filter => ({ kind: 'not', operand })) },
    { weight: 1, arbitrary: operands.map((list): Filter => ({ kind: 'and', operands: list })) },
    { weight: 1, arbitrary: operands.map((list): Filter => ({ kind: 'or', operands: list })) },
  )
}

/** A tree as text that reads back as the same tree. */
export function formatFilter(filter: Filter, isInside = false): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands
        .map((operand) => {
          const written = formatFilter(operand, isInside)
          const isGroup = operand.kind === 'or' || (operand.kind === 'and' && filter.kind === 'and')
          return isGroup ? `(${written})` : written
        })
        .join(` ${filter.kind} `)
    case 'not':
      return `not (${formatFilter(filter.operand, isInside)})`
    case 'present':
      return `${formatPath(filter.path, isInside)} pr`
    case 'element':
      return `${pathText(filter.path)}[${formatFilter(filter.filter, true)}]`
    case 'compare': {
      const isTime = target(filter.path).type === 'dateTime' && filter.value !== null
      const value = isTime ? new Date(Number(filter.value)).toISOString() : filter.value
      return `${formatPath(filter.path, isInside)} ${filter.operator} ${JSON.stringify(value)}`
    }
  }
}

function formatPath(path: AttributePath, isInside: boolean): string {
  return isInside ? (path.subAttribute?.name ?? 'value') : pathText(path)
}
