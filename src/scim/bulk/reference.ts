/** References to what a bulk request creates: `bulkId:` and any characters (RFC 7644 section 3.7.2). */
import { isObject, type Json } from '../json'

/** An operation that creates a resource, and the id that the resource will have. */
interface Creator {
  readonly index: number
  readonly id: string
}

/** The operations that create something, by their bulkId. */
export type Creators = ReadonlyMap<string, Creator>

const prefix = 'bulkId:'

/** Text of a filter that is a reference, as in `members[value eq "bulkId:ann"]`. */
const quotedReference = /"bulkId:(?:[^"\\]|\\.)*"/g

/**
 * The bulkId that a part of an address refers to: as it stands or percent-encoded, with or without
 * a slash behind it, whichever the request creates. Undefined for what is no reference.
 */
export function referenceIn(part: string, creators: Creators): string | undefined {
  const readings = [part, part.replace(/\/$/, ''), decode(part), decode(part.replace(/\/$/, ''))]
  const references = readings.flatMap((text) => referenceOf(text) ?? [])
  return references.find((bulkId) => creators.has(bulkId)) ?? references[0]
}

/** Percent-encoding undone; what is none stays as it is. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function referenceOf(text: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined
}

/** Every creator that the path or the data of an operation refers to. */
export function readReferences(path: Json, data: Json, creators: Creators): readonly Creator[] {
  const found = new Set<Creator>()
  const note = (bulkId: string | undefined) => {
    const creator = bulkId === undefined ? undefined : creators.get(bulkId)
    if (creator) found.add(creator)
  }
  const [, , part = ''] = /^\/?(Users|Groups)\/(.*)$/s.exec(textIn(path)) ?? []
  note(referenceIn(part, creators))
  replaceReferences(data, (bulkId) => {
    note(bulkId)
    return undefined
  })
  return [...found]
}

function textIn(json: Json): string {
  return typeof json === 'string' ? json : ''
}

/**
 * Puts ids in the place of references, wherever a value stands and in the filters of paths. `missing` is
 * the first bulkId that nothing creates; a value that refers to one is infinity, which no attribute
 * takes.
 */
export function resolveReferences(
  data: Json,
  creators: Creators,
): { readonly data: Json; readonly missing: string | undefined } {
  let missing: string | undefined
  const resolved = replaceReferences(data, (bulkId) => {
    const id = creators.get(bulkId)?.id
    if (id === undefined) missing ??= bulkId
    return id ?? Number.POSITIVE_INFINITY
  })
  return { data: resolved, missing }
}

/** A copy with other texts for references; those without one stay. */
function replaceReferences(
  json: Json,
  idOf: (bulkId: string) => string | number | undefined,
): Json {
  if (Array.isArray(json)) return json.map((item) => replaceReferences(item, idOf))
  if (isObject(json)) {
    // Entries become own properties whatever their name.
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => [
        name,
        name.toLowerCase() === 'path' && typeof value === 'string'
          ? replaceInPath(value, idOf)
          : replaceReferences(value, idOf),
      ]),
    )
  }
  const bulkId = typeof json === 'string' ? referenceOf(json) : undefined
  return bulkId === undefined ? json : (idOf(bulkId) ?? json)
}

function replaceInPath(
  path: string,
  idOf: (bulkId: string) => string | number | undefined,
): string {
  return path.replaceAll(quotedReference, (quoted) => {
    const id = idOf(referenceOf(unquote(quoted)) ?? '')
    return typeof id === 'string' ? `"${id}"` : quoted
  })
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted))
  } catch {
    return quoted.slice(1, -1)
  }
}
