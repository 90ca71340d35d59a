/** The list of operations in the body of a PATCH, in whichever form it was sent. */
import { err, ok, type Result } from '../../result'
import { scimError, type ScimError } from '../error'
import { member, type Json, type JsonObject } from '../json'
import { findSchema } from '../path'
import type { Reading } from '../tolerance/reading'
import { schemaById } from '../notation/urn'
import { noOperations, resourceAsPatch } from './tolerance'
import { isMarkedAsVersion1, operationsOfVersion1 } from './version1'

export type Operation = 'add' | 'replace' | 'remove'

/**
 * The operations of a body; none where it asks for nothing. Refused for anything but a list. `schemas`
 * may be missing: Okta and authentik leave it out.
 */
export function findOperations(
  reading: Reading,
  body: JsonObject,
): Result<readonly Json[], ScimError> {
  const operations = member(body, 'operations') ?? null
  if (noOperations(body, operations)) {
    reading.applied.add('noOperations')
    return ok([])
  }
  if (operations !== null) {
    if (!Array.isArray(operations)) return refuse('"Operations" is not a list')
    return operations.length > 0 ? ok(operations) : refuse('"Operations" is empty')
  }
  const resource = resourceAsPatch(body, !isMarkedAsVersion1(body) && namesResource(reading, body))
  if (resource) {
    reading.applied.add('resourceAsPatch')
    return ok(resource)
  }
  const tolerated = operationsOfVersion1(body)
  if (!tolerated) return refuse('"Operations" is missing')
  reading.applied.add('operationsOfVersion1')
  return tolerated.length > 0 ? ok(tolerated) : refuse('"Operations" is empty')
}

/**
 * Whether `schemas` names the resource type. With SCIM 1.1, whose URN of old names any type, a list
 * of members is what to add.
 */
function namesResource(reading: Reading, body: JsonObject): boolean {
  const schemas = member(body, 'schemas')
  const { schema } = reading.type
  const isNamed = (urn: Json) =>
    typeof urn === 'string' &&
    (schemaById(reading.type, urn) === schema ||
      (member(body, 'members') === undefined && findSchema(reading, urn) === schema))
  return Array.isArray(schemas) && schemas.some(isNamed)
}

function refuse(problem: string): { readonly ok: false; readonly error: ScimError } {
  return err(scimError('invalidPatch', { problem }))
}
