/** Tolerances for the body and the operations of a PATCH (RFC 7644 section 3.5.2). */
import type { Filter } from '../filter/tree'
import { isObject, type Json, type JsonObject } from '../json'
import type { Attribute, AttributePath } from '../schema'

/**
 * ConnId, before each change of a team: `{"schemas": ["…:PatchOp"], "Operations": []}` to the
 * person. Nothing is asked for where nothing else stands in the body.
 */
export function noOperations(body: JsonObject, operations: Json): boolean {
  const isNone = operations === null || (Array.isArray(operations) && operations.length === 0)
  return isNone && Object.keys(body).every((name) => /^(schemas|operations)$/i.test(name))
}

/** go-github up to v76: `{"schemas": ["…:PatchOp"], "Operations": {"op": "replace", "path": "active", …}}`. */
export function loneOperation(operations: Json): Json[] | undefined {
  return isObject(operations) ? [operations] : undefined
}

/**
 * ConnId suspends by `PATCH {"schemas": ["…:core:2.0:User"], "active": false}`: one `replace` of
 * what is named. `names` says whether `schemas` names the resource type.
 */
export function resourceAsPatch(body: JsonObject, names: boolean): Json[] | undefined {
  if (!names) return undefined
  const entries = Object.entries(body).filter(([name]) => name.toLowerCase() !== 'schemas')
  return [{ op: 'replace', value: Object.fromEntries(entries) }]
}

/** Entra and Microsoft's validator: `"op": "Add"`, `"Replace"`, `"Remove"`. */
export function operationInCapitals(operation: string): string | undefined {
  const plain = operation.toLowerCase()
  return plain === operation ? undefined : plain
}

/**
 * Entra: `{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": "2819"}]}`;
 * authentik the same with a lower-case `remove`. Only the listed values go, never all.
 */
export function valueListOnRemove(value: Json | undefined): Json[] | undefined {
  if (value === undefined || value === null) return undefined
  const list = Array.isArray(value) ? value : [value]
  return list.length > 0 ? list : undefined
}

/**
 * Entra: `{"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ann@example.com"}` on a
 * user without such an entry, `Replace` as well. The entry is made of what the filter says:
 * `undefined` when the filter is more than `eq` terms joined by `and`.
 */
export function entryMadeByFilter(filter: Filter): JsonObject | undefined {
  if (filter.kind === 'compare') {
    const sub = filter.path.subAttribute
    const isMade = sub && sub.mutability !== 'readOnly' && filter.operator === 'eq'
    if (!isMade || filter.value === null) return undefined
    return { [sub.name]: spelling(sub, filter.value) ?? filter.written ?? filter.value }
  }
  if (filter.kind !== 'and') return undefined
  const entry: JsonObject = {}
  for (const operand of filter.operands) {
    const part = entryMadeByFilter(operand)
    if (!part) return undefined
    Object.assign(entry, part)
  }
  return entry
}

/**
 * Clients that know of one address: `{"op": "replace", "path": "emails[primary eq true].value", "value":
 * "ann@example.com"}`, also `emails[type eq "work"].value`, to a person whose only e-mail has neither a
 * type nor a mark. Answers this e-mail with the marks of the filter; `undefined` when there are several,
 * or when it says something else of itself.
 */
export function onlyEmailWithoutMark(
  { extension, attribute, subAttribute }: AttributePath,
  filter: Filter | undefined,
  elements: readonly Json[],
): JsonObject | undefined {
  const isAddress = !extension && attribute.name === 'emails' && subAttribute?.name === 'value'
  const marks = isAddress && filter ? entryMadeByFilter(filter) : undefined
  const [only] = elements
  if (!marks || elements.length !== 1 || !isObject(only)) return undefined
  const isMark = ([name, value]: readonly [string, Json]) =>
    name === 'type' || (name === 'primary' && value === true)
  const isFree = ([name, value]: readonly [string, Json]) =>
    only[name] === undefined || withoutCase(only[name]) === withoutCase(value)
  const all = Object.entries(marks)
  return all.every(isMark) && all.every(isFree) ? { ...marks, ...only } : undefined
}

function withoutCase(value: Json | undefined): Json | undefined {
  return typeof value === 'string' ? value.toLowerCase() : value
}

/** The filter holds folded text; the schema knows how its own values are written. */
function spelling(sub: Attribute, value: string | number | boolean): string | undefined {
  return sub.canonicalValues?.find((canonical) => canonical.toLowerCase() === value)
}
