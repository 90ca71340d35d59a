/** Which attributes an answer holds (RFC 7644 section 3.9, RFC 7643 section 7 "returned"). */
import { isObject, type Json, type JsonObject } from './json'
import { findAttribute, findSchema, resolvePath, coreAttributes } from './path'
import type { Attribute, AttributePath, ResourceType } from './schema'
import { passOver } from './passed-over/notes'
import { isTolerated } from './profile'
import { filterInAttributes } from './query/tolerance'
import type { Reading } from './tolerance/reading'
import { isUrn } from './notation/urn'

/** Projection that a client asked for. Names that no schema knows are left out, as the RFC tells. */
export interface Projection {
  /** `only`: these and what is always returned; `without`: the default less these. */
  readonly mode: 'default' | 'only' | 'without'
  readonly paths: readonly AttributePath[]
  /** Extensions named whole, by URN in lower case. */
  readonly urns: ReadonlySet<string>
}

export const everything: Projection = { mode: 'default', paths: [], urns: new Set() }

export function readProjection(
  reading: Reading,
  attributes: string | readonly string[] | undefined,
  excludedAttributes: string | readonly string[] | undefined,
): Projection {
  const only = names(attributes)
  const names_ = only.length > 0 ? only : names(excludedAttributes)
  if (names_.length === 0) return everything
  const paths: AttributePath[] = []
  const urns = new Set<string>()
  for (const name of names_) {
    const schema = findSchema(reading, name)
    if (schema || isUrn(name)) urns.add((schema?.id ?? name).toLowerCase())
    const path = schema ? undefined : resolvePath(reading, withoutFilter(reading, name, only))
    if (path) paths.push(path)
  }
  return { mode: only.length > 0 ? 'only' : 'without', paths, urns }
}

/** What is left out has to be named exactly: a filter there leaves nothing out. */
function withoutFilter(reading: Reading, name: string, shown: readonly string[]): string {
  const meant = shown.length > 0 ? filterInAttributes(name) : undefined
  if (meant === undefined || !isTolerated(reading, 'filterInAttributes')) return name
  passOver(reading, 'filterInAttributes', name, 'All entries of the list are shown.')
  return meant
}

function names(parameter: string | readonly string[] | undefined): string[] {
  const list = typeof parameter === 'string' ? parameter.match(listed) : parameter
  return (list ?? []).map((name) => name.trim()).filter((name) => name !== '')
}

/** Names between commas, which may stand in brackets as well: `emails[value eq "a,b"]`. */
const listed = /(?:\[(?:"(?:[^"\\]|\\.)*"|[^"\]])*\]|[^,])+/gs

/** True when an attribute of the core schema will be in the answer. */
export function includes(projection: Projection, attribute: Attribute): boolean {
  return decide(projection, undefined, attribute) !== 'no'
}

type Show = (value: Json) => Json | undefined

/**
 * Takes from complete resources the part that the client asked for. What becomes of an attribute is
 * decided once for all resources of a list.
 */
export function projector(
  type: ResourceType,
  projection: Projection,
): (resource: JsonObject) => JsonObject {
  const core = coreAttributes(type)
  const known = new Map<string, Show>()
  const decided = (name: string): Show => {
    const show: Show = isUrn(name)
      ? (value) => projectExtension(type, name, value, projection)
      : showMember(core, undefined, name, projection)
    known.set(name, show)
    return show
  }
  return function project(resource) {
    const result: JsonObject = {}
    for (const name of Object.keys(resource)) {
      const value = resource[name]
      const shown = value === undefined ? value : (known.get(name) ?? decided(name))(value)
      if (shown !== undefined) result[name] = shown
    }
    return result
  }
}

function projectExtension(
  type: ResourceType,
  urn: string,
  value: Json,
  projection: Projection,
): Json | undefined {
  const isNamed = projection.urns.has(urn.toLowerCase())
  const schema = type.extensions.find((extension) => extension.id === urn)
  if (isNamed) {
    if (projection.mode === 'without') return undefined
    return schema && isObject(value) ? visible(schema.attributes, value) : value
  }
  if (!schema || !isObject(value)) return projection.mode === 'only' ? undefined : value
  const result: JsonObject = {}
  for (const [name, item] of Object.entries(value)) {
    const shown = showMember(schema.attributes, urn, name, projection)(item)
    if (shown !== undefined) result[name] = shown
  }
  return Object.keys(result).length > 0 ? result : undefined
}

function showMember(
  attributes: readonly Attribute[],
  urn: string | undefined,
  name: string,
  projection: Projection,
): Show {
  const attribute = findAttribute(attributes, name)
  const decision = attribute ? decide(projection, urn, attribute) : 'no'
  if (!attribute || decision === 'no') return () => undefined
  if (decision !== 'whole') {
    return (value) =>
      mapElements(value, (element) => pick(attribute, element, decision, projection.mode))
  }
  return attribute.subAttributes?.some(isHidden)
    ? (value) => mapElements(value, (element) => visibleElement(attribute, element))
    : (value) => value
}

function isHidden({ returned }: Attribute): boolean {
  return returned === 'never' || returned === 'request'
}

/** No, the whole value, or only (or all but) some sub-attributes. */
function decide(
  projection: Projection,
  urn: string | undefined,
  attribute: Attribute,
): 'no' | 'whole' | readonly Attribute[] {
  if (attribute.returned === 'never') return 'no'
  if (projection.paths.length === 0 && projection.mode !== 'only') {
    return attribute.returned === 'request' ? 'no' : 'whole'
  }
  const named = projection.paths.filter(
    (path) => path.attribute === attribute && path.extension?.id === urn,
  )
  const subs = named.flatMap((path) => (path.subAttribute ? [path.subAttribute] : []))
  const isWhole = named.some((path) => !path.subAttribute)
  if (projection.mode === 'only') {
    if (isWhole || attribute.returned === 'always') return 'whole'
    return subs.length > 0 ? subs : 'no'
  }
  if (attribute.returned === 'request') return 'no'
  if (isWhole && attribute.returned !== 'always') return 'no'
  return subs.length > 0 && attribute.returned !== 'always' ? subs : 'whole'
}

function pick(
  attribute: Attribute,
  element: Json,
  named: readonly Attribute[],
  mode: Projection['mode'],
): Json | undefined {
  if (!isObject(element)) return element
  const kept = Object.entries(element).filter(([name]) => {
    const sub = findAttribute(attribute.subAttributes, name)
    if (!sub || sub.returned === 'never') return false
    if (sub.returned === 'always') return true
    return mode === 'only'
      ? named.includes(sub)
      : !named.includes(sub) && sub.returned !== 'request'
  })
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

function visible(attributes: readonly Attribute[], value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(
    ([name]) => findAttribute(attributes, name)?.returned !== 'never',
  )
  return Object.fromEntries(kept)
}

function visibleElement(attribute: Attribute, element: Json): Json | undefined {
  if (!isObject(element)) return element
  const kept = Object.entries(element).filter(([name]) => {
    const returned = findAttribute(attribute.subAttributes, name)?.returned
    return returned === 'always' || returned === 'default'
  })
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

function mapElements(value: Json, change: (element: Json) => Json | undefined): Json | undefined {
  if (!Array.isArray(value)) return change(value)
  const elements = value.map(change).filter((element) => element !== undefined)
  return elements.length > 0 ? elements : undefined
}
