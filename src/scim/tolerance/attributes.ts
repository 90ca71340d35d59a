/**
 * Names of attributes that RFC 7643 and 7644 do not allow, one named function per deviation with the recorded request
 * above it. Each is pure: it answers what was meant, or `undefined` when the deviation is not there.
 * Callers note its name in the `Reading`.
 */
import { textOf, type Json } from '../json'
import type { Attribute, ResourceType, Schema } from '../schema'

/**
 * Entra: `{"op": "Add", "path": "manager", "value": [...]}` and `"department": null` at the root,
 * where the enterprise extension is meant. The attribute must be in exactly one extension that
 * somebody has declared.
 */
export function extensionNameWithoutUrn(type: ResourceType, name: string) {
  const wanted = name.toLowerCase()
  const declared = type.extensions.filter(({ isObserved }) => !isObserved)
  const found = declared.flatMap((extension) =>
    extension.attributes
      .filter((attribute) => attribute.name.toLowerCase() === wanted)
      .map((attribute) => ({ extension, attribute })),
  )
  return found.length === 1 ? found[0] : undefined
}

/**
 * scim2-models: `{"op": "add", "path": "…:enterprise:2.0:User", "value": {"schemas":
 * ["…:enterprise:2.0:User"], "department": "R&D"}}`. It says what the path has said, and nothing more.
 */
export function schemasInsideExtension(schema: Schema, name: string, value: Json): boolean {
  return (
    name.toLowerCase() === 'schemas' &&
    Array.isArray(value) &&
    value.every((urn) => textOf(urn).toLowerCase() === schema.id.toLowerCase())
  )
}

/** OneLogin (enterprise templates): `"manager": {"managerId": "17", "displayName": "Kim Boss"}`. */
export function managerIdAsValue(attribute: Attribute, name: string): Attribute | undefined {
  return attribute.name === 'manager' && name.toLowerCase() === 'managerid'
    ? attribute.subAttributes?.find((sub) => sub.name === 'value')
    : undefined
}

/** Entra (app roles): `"roles": [{"value": "25", "displayName": "Role1234"}]`. */
export function displayNameAsDisplay(attribute: Attribute, name: string): Attribute | undefined {
  return name.toLowerCase() === 'displayname'
    ? attribute.subAttributes?.find((sub) => sub.name === 'display')
    : undefined
}
