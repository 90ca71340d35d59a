/**
 * A PATCH in the form of SCIM 1.1: the attributes of the resource itself, with lists whose entries
 * join it or, marked with `"operation": "delete"`, leave it, and with `meta.attributes` for what goes.
 */
import { isObject, member, type Json, type JsonObject } from '../json'

/**
 * OneLogin with SCIM 1.1: `{"schemas": ["urn:scim:schemas:core:1.0"], "members":
 * [{"value": "2819", "operation": "delete"}]}` as the body of a PATCH. The same as operations:
 * what goes, what is replaced, then the entries one by one. Undefined for another form.
 */
export function operationsOfVersion1(body: JsonObject): Json[] | undefined {
  if (!isOfVersion1(body)) return undefined
  const gone = goneAttributes(body).map((path) => ({ op: 'remove', path }))
  const single: [string, Json][] = []
  const entries: Json[] = []
  for (const [name, value] of Object.entries(body)) {
    const key = name.toLowerCase()
    if (key === 'schemas' || (key === 'meta' && gone.length > 0)) continue
    if (isOfEntries(name, value)) entries.push(...value.map((entry) => entryAt(name, entry)))
    else single.push([name, value])
  }
  const replaced = single.length > 0 ? [{ op: 'replace', value: Object.fromEntries(single) }] : []
  return [...gone, ...replaced, ...entries]
}

/** True for a body that only SCIM 1.1 has: marked entries, or names of attributes that go. */
export function isMarkedAsVersion1(body: JsonObject): boolean {
  return goneAttributes(body).length > 0 || Object.values(body).some(hasMarks)
}

function isOfVersion1(body: JsonObject): boolean {
  return Array.isArray(member(body, 'members')) || isMarkedAsVersion1(body)
}

/** Names in `meta.attributes` of what is taken away whole (SCIM 1.1 section 3.3.2). */
function goneAttributes(body: JsonObject): Json[] {
  const meta = member(body, 'meta')
  const names = isObject(meta) ? member(meta, 'attributes') : undefined
  return Array.isArray(names) ? names : []
}

function isOfEntries(name: string, value: Json): value is Json[] {
  return Array.isArray(value) && (name.toLowerCase() === 'members' || hasMarks(value))
}

function hasMarks(value: Json): boolean {
  return (
    Array.isArray(value) &&
    value.some((entry) => isObject(entry) && member(entry, 'operation') !== undefined)
  )
}

/** What a mark says: "delete" in any case; none joins. Another one is refused as an operation. */
function entryAt(path: string, entry: Json): Json {
  const mark = isObject(entry) ? (member(entry, 'operation') ?? null) : null
  if (!isObject(entry) || mark === null) return { op: 'add', path, value: [entry] }
  const parts = Object.entries(entry).filter(([name]) => name.toLowerCase() !== 'operation')
  const isDelete = typeof mark === 'string' && mark.toLowerCase() === 'delete'
  return { op: isDelete ? 'remove' : mark, path, value: [Object.fromEntries(parts)] }
}
