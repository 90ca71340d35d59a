/** Attributes as values show them: what a schema of RFC 7643 can describe, and nothing else. */
import { isEmpty, isObject, type Json, type JsonObject } from '../json'
import type { SeenAttribute } from '../schema'

/** One name of an attribute (RFC 7643 section 2.1), as a tenant may declare it. */
const namePattern = /^[a-z][\w-]{0,63}$/i

/** Names that every object of JavaScript has: nothing may be looked up under them. */
const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

function isName(name: string): boolean {
  return namePattern.test(name) && !inherited.has(name)
}

/** Sub-attributes of RFC 7643 section 2.4 include `$ref`. */
function isPartName(name: string): boolean {
  return name === '$ref' || isName(name)
}

/**
 * The members of an object as attributes; what no schema can describe is not among them, nor is
 * `schemas`, with which some clients say what stands around it.
 */
export function attributesFrom(object: JsonObject): readonly SeenAttribute[] {
  return Object.entries(object).flatMap(([name, json]) =>
    name.toLowerCase() === 'schemas' ? [] : (attributeFrom(name, json) ?? []),
  )
}

/** The attribute of a path, `name` or `name.part`; undefined where nothing can be said of it. */
export function attributeAt(path: string, json: Json): SeenAttribute | undefined {
  const [name = '', part, ...more] = path.split('.')
  if (part === undefined) return attributeFrom(name, json)
  const seen = more.length === 0 && isName(name) ? partFrom(part, json) : undefined
  return seen && { name, type: 'complex', multiValued: false, subAttributes: [seen] }
}

function attributeFrom(name: string, json: Json): SeenAttribute | undefined {
  if (!isName(name)) return undefined
  const simple = simpleFrom(name, json)
  if (simple) return simple
  const values = valuesOf(json)
  const objects = values.filter(isObject)
  if (objects.length < values.length) return undefined
  const parts = objects.flatMap((object) =>
    Object.entries(object).flatMap(([part, item]) => partFrom(part, item) ?? []),
  )
  const subAttributes = parts.reduce<readonly SeenAttribute[]>(joinAttribute, [])
  const multiValued = Array.isArray(json)
  return subAttributes.length > 0
    ? { name, type: 'complex', multiValued, subAttributes }
    : undefined
}

function partFrom(name: string, json: Json): SeenAttribute | undefined {
  return isPartName(name) ? simpleFrom(name, json) : undefined
}

/** Values of one type; whole numbers among fractions are fractions. */
function simpleFrom(name: string, json: Json): SeenAttribute | undefined {
  const types = new Set(valuesOf(json).map(simpleType))
  if (types.has('decimal')) types.delete('integer')
  const [type] = types
  return type !== undefined && types.size === 1
    ? { name, type, multiValued: Array.isArray(json) }
    : undefined
}

/** The values of a list, or the only one; without those that are no value. */
function valuesOf(json: Json): readonly Json[] {
  const list = Array.isArray(json) ? json : [json]
  return list.filter((item) => !isEmpty(item) && !(typeof item === 'string' && item.trim() === ''))
}

function simpleType(json: Json): Exclude<SeenAttribute['type'], 'complex'> | undefined {
  if (typeof json === 'string') return 'string'
  if (typeof json === 'boolean') return 'boolean'
  if (typeof json !== 'number') return undefined
  return Number.isSafeInteger(json) ? 'integer' : 'decimal'
}

/** Attributes with one more, or with what it shows beyond them; the same list for nothing new. */
export function joinAttribute(
  list: readonly SeenAttribute[],
  seen: SeenAttribute,
): readonly SeenAttribute[] {
  const index = list.findIndex(({ name }) => name.toLowerCase() === seen.name.toLowerCase())
  const known = list[index]
  if (!known) return [...list, seen]
  const joined = widened(known, seen)
  return joined === known ? list : list.with(index, joined)
}

/**
 * A known attribute with what another value of it shows: further parts, and fractions where whole
 * numbers were. Another type than the first that was seen changes nothing.
 */
function widened(known: SeenAttribute, seen: SeenAttribute): SeenAttribute {
  if (known.type === 'integer' && seen.type === 'decimal') return { ...known, type: 'decimal' }
  if (!known.subAttributes || !seen.subAttributes) return known
  const subAttributes = seen.subAttributes.reduce(joinAttribute, known.subAttributes)
  return subAttributes === known.subAttributes ? known : { ...known, subAttributes }
}

/** Number of attributes, sub-attributes included. */
export function countOf(list: readonly SeenAttribute[]): number {
  return list.reduce((sum, { subAttributes = [] }) => sum + 1 + subAttributes.length, 0)
}
