/** Tolerances for the body of a PATCH that RFC 7644 section 3.5.2 does not allow. */
import { isObject, type Json, type JsonObject } from '../json'

/**
 * OneLogin with SCIM 1.1: `{"schemas": ["urn:scim:schemas:core:1.0"], "members":
 * [{"value": "2819", "operation": "delete"}]}` as the body of a PATCH.
 */
export function operationsOfVersion1(body: JsonObject): Json[] | undefined {
  const members = body['members']
  if (!Array.isArray(members)) return undefined
  return members.map((member) => {
    const gone = isObject(member) && member['operation'] === 'delete'
    return { op: gone ? 'remove' : 'add', path: 'members', value: [member] }
  })
}

/**
 * ConnId, before each change of a team: `{"schemas": ["…:PatchOp"], "Operations": []}` to the
 * person. Nothing is asked for where nothing else stands in the body.
 */
export function noOperations(body: JsonObject, operations: Json): boolean {
  const isNone = operations === null || (Array.isArray(operations) && operations.length === 0)
  return isNone && Object.keys(body).every((name) => /^(schemas|operations)$/i.test(name))
}

/**
 * ConnId suspends by `PATCH {"schemas": ["…:core:2.0:User"], "active": false}`: one `replace` of
 * what is named. `names` says whether `schemas` names the resource type.
 */
export function resourceAsPatch(body: JsonObject, names: boolean): Json[] | undefined {
  const members = Array.isArray(body['members']) ? body['members'] : []
  const isOfVersion1 = members.some((member) => isObject(member) && 'operation' in member)
  if (!names || isOfVersion1) return undefined
  const entries = Object.entries(body).filter(([name]) => name.toLowerCase() !== 'schemas')
  return [{ op: 'replace', value: Object.fromEntries(entries) }]
}
