/** Which attributes an answer holds (RFC 7644 section 3.9, RFC 7643 section 7 "returned"). */
import { err, ok, type Result } from '../result'
import { quote, scimError, type ScimError } from './error'
import { isObject, type Json, type JsonObject } from './json'
import {
  coreAttributes,
  findAttribute,
  findSchema,
  isDeclared,
  isReserved,
  resolvePath,
} from './path'
import {
  isSecret,
  type Attribute,
  type AttributePath,
  type ResourceType,
  type Schema,
} from './schema'
import { passOver } from './passed-over/notes'
import { isTolerated } from './profile'
import { filterInAttributes } from './query/tolerance'
import { startReading, type Reading } from './tolerance/reading'
import { isUrn, schemaById } from './notation/urn'
import { userType } from './user'

/** Projection that a client asked for. Other names that no schema knows are left out, as the RFC tells. */
export interface Projection {
  /** `only`: these and what is always returned; `without`: the default less these. */
  readonly mode: 'default' | 'only' | 'without'
  readonly paths: readonly AttributePath[]
  /** Extensions named whole, by URN in lower case. */
  readonly urns: ReadonlySet<string>
}

export const everything: Projection = { mode: 'default', paths: [], urns: new Set() }

/**
 * Reads `attributes` and `excludedAttributes`. Refused with `invalidQuery` for what begins like a URN of
 * SCIM or of a declared schema and names nothing of the type, nor of `others`, as in a filter.
 */
export function readProjection(
  reading: Reading,
  attributes: string | readonly string[] | undefined,
  excludedAttributes: string | readonly string[] | undefined,
  others: readonly ResourceType[] = [],
): Result<Projection, ScimError> {
  const only = names(attributes)
  const mode = only.length > 0 ? 'only' : 'without'
  const listed = only.length > 0 ? only : names(excludedAttributes)
  if (listed.length === 0) return ok(everything)
  const paths: AttributePath[] = []
  const urns = new Set<string>()
  for (const name of listed) {
    const schema = findSchema(reading, name)
    const path = schema ? undefined : resolvePath(reading, withoutFilter(reading, name, only))
    if (!schema && !path && [reading.type, ...others].every((type) => isRefused(type, name))) {
      const parameter = mode === 'only' ? 'attributes' : 'excludedAttributes'
      const expected = `a list of attributes that there are: ${quote(name)} names none`
      return err(scimError('invalidQuery', { parameter, expected }))
    }
    if (schema || isUrn(name)) urns.add((schema?.id ?? name).toLowerCase())
    if (path) paths.push(path)
  }
  return ok({ mode, paths, urns })
}

/**
 * True for a name that a type does not know although it begins with a URN that is not free. A filter
 * behind it says nothing of the name.
 */
function isRefused(type: ResourceType, text: string): boolean {
  if (!isUrn(text)) return false
  const [name = ''] = text.split('[')
  const reading = startReading(type)
  if (findSchema(reading, name) || resolvePath(reading, name)) return false
  return isReserved(reading, name) || isDeclared(reading, name)
}

/** What is left out has to be named exactly: a filter there leaves nothing out. */
function withoutFilter(reading: Reading, name: string, shown: readonly string[]): string {
  const meant = filterInAttributes(name)
  if (meant === undefined || !isTolerated(reading, 'filterInAttributes')) return name
  passOver(reading, 'filterInAttributes', name, 'All entries of the list are shown.')
  return shown.length > 0 ? meant : name
}

function names(parameter: string | readonly string[] | undefined): string[] {
  const list = typeof parameter === 'string' ? parameter.match(listed) : parameter
  return (list ?? []).map((name) => name.trim()).filter((name) => name !== '')
}

/** Names between commas, which may stand in brackets as well: `emails[value eq "a,b"]`. */
const listed = /(?:\[(?:"(?:[^"\\]|\\.)*"|[^"\]])*\]|[^,])+/gs

/** True when an attribute of the core schema will be in the answer. */
export function includes(projection: Projection, attribute: Attribute): boolean {
  return wishFor(projection, undefined, attribute) !== 'no'
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
    const show = isUrn(name)
      ? showExtension(type, name, projection)
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

/**
 * A function that is true for the JSON text of stored attributes of which an answer shows all as they are:
 * there is no extension among them, of which only a schema says what is shown, and nothing that is not returned.
 */
export function wholeShown(type: ResourceType, projection: Projection): (text: string) => boolean {
  if (projection.mode !== 'default') return () => false
  // A type without the attribute for passwords shows none either.
  const known =
    cutTexts.get(type.schema) ?? cutText([...coreAttributes(type), ...coreAttributes(userType)])
  cutTexts.set(type.schema, known)
  return (text) => !known.test(text)
}

const cutTexts = new WeakMap<Schema, RegExp>()

/** Matches a text that may hold what is not shown; one expression takes less time than to look for each name. */
function cutText(attributes: readonly Attribute[]): RegExp {
  const isCut = (attribute: Attribute) =>
    isHidden(attribute) || attribute.subAttributes?.some(isHidden) === true
  const names = new Set(attributes.filter(isCut).map(({ name }) => `${name}"`))
  return new RegExp(`"(?:${['[uU][rR][nN]:', ...names].join('|')})`)
}

const showNothing: Show = () => undefined
const showAll: Show = (value) => value

/** The content of an extension: by its schema, or as a whole where no schema describes it. */
function showExtension(type: ResourceType, urn: string, projection: Projection): Show {
  // What was stored before its schema was declared may have its URN in another spelling.
  const schema = schemaById(type, urn)
  if (!schema) {
    const isNamed = projection.urns.has(urn.toLowerCase())
    const isShown = isNamed ? projection.mode === 'only' : projection.mode !== 'only'
    return isShown ? showAll : showNothing
  }
  return (value) => (isObject(value) ? shownMembers(schema, value, projection) : undefined)
}

function shownMembers(
  schema: Schema,
  holder: JsonObject,
  projection: Projection,
): JsonObject | undefined {
  const shown = Object.entries(holder).flatMap(([name, item]) => {
    const value = showMember(schema.attributes, schema, name, projection)(item)
    return value === undefined ? [] : [[name, value] as const]
  })
  return shown.length > 0 ? Object.fromEntries(shown) : undefined
}

function showMember(
  attributes: readonly Attribute[],
  extension: Schema | undefined,
  name: string,
  projection: Projection,
): Show {
  const attribute = findAttribute(attributes, name)
  const wish = attribute ? wishFor(projection, extension, attribute) : 'no'
  if (!attribute || wish === 'no') return showNothing
  return wish === 'whole'
    ? showParts(attribute, 'default', [])
    : showParts(attribute, projection.mode, wish)
}

/** No, the whole value, or only (or all but) some sub-attributes. */
type Wish = 'no' | 'whole' | readonly Attribute[]

/** The wish of a client for an attribute: named itself, in parts, or with its whole extension. */
function wishFor(
  { mode, paths, urns }: Projection,
  extension: Schema | undefined,
  attribute: Attribute,
): Wish {
  const named = paths.filter(
    (path) => path.attribute.name === attribute.name && path.extension?.id === extension?.id,
  )
  const isNamed =
    named.some((path) => !path.subAttribute) ||
    (extension !== undefined && urns.has(extension.id.toLowerCase()))
  const parts = named.flatMap((path) => (path.subAttribute ? [path.subAttribute] : []))
  if (!isShown(attribute, mode, isNamed || (mode === 'only' && parts.length > 0))) return 'no'
  return isNamed || parts.length === 0 || attribute.returned === 'always' ? 'whole' : parts
}

/** The one rule of RFC 7643 section 7 and RFC 7644 section 3.9, for attributes of every depth. */
function isShown(attribute: Attribute, mode: Projection['mode'], isNamed: boolean): boolean {
  const { returned } = attribute
  if (isSecret(attribute)) return false
  if (returned === 'always') return true
  if (returned === 'request') return mode === 'only' && isNamed
  return mode === 'default' || (mode === 'only') === isNamed
}

/** Shows the parts of a value, of each element where it is a list; what is left empty is left out. */
function showParts(
  { subAttributes }: Attribute,
  mode: Projection['mode'],
  named: readonly Attribute[],
): Show {
  if (!subAttributes || (mode === 'default' && !subAttributes.some(isHidden))) return showAll
  return function shown(value): Json | undefined {
    if (Array.isArray(value)) {
      const elements = value.map(shown).filter((element) => element !== undefined)
      return elements.length > 0 ? elements : undefined
    }
    // A value without parts does not say which of them it is.
    if (!isObject(value)) return undefined
    const kept = Object.entries(value).filter(([name]) => {
      const part = findAttribute(subAttributes, name)
      return part !== undefined && isShown(part, mode, isIn(named, part))
    })
    return kept.length > 0 ? Object.fromEntries(kept) : undefined
  }
}

/** By name: the type that the names were read with may be another copy of the same. */
function isIn(list: readonly Attribute[], { name }: Attribute): boolean {
  return list.some((attribute) => attribute.name === name)
}

function isHidden(attribute: Attribute): boolean {
  return !isShown(attribute, 'default', false)
}

/** The projection without an attribute of the core schema that it does not ask for by name. */
export function withoutUnless(projection: Projection, attribute: Attribute): Projection {
  if (projection.mode === 'only') return projection
  const path = { extension: undefined, attribute, subAttribute: undefined }
  return { ...projection, mode: 'without', paths: [...projection.paths, path] }
}
