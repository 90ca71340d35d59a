/** Changes of the members of a team: every entry of a value names a user, or the request is refused. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import type { PatchPath } from '../filter/parse'
import type { Json } from '../json'
import type { Reading } from '../tolerance/reading'
import { readValue } from '../value'
import type { Operation } from './message'

type MemberChange = Result<{ readonly op: Operation; readonly value: Json | undefined }, ScimError>

/** `json` is undefined when there is no value. Null and [] are both a list of nobody. */
export function readMemberChange(
  reading: Reading,
  op: Operation,
  { path, filter }: PatchPath,
  json: Json | undefined,
): MemberChange {
  if (json === undefined) return op === 'remove' ? ok({ op, value: undefined }) : missing(op)
  const read = readValue(reading, path.attribute, json, 'members')
  if (!read.ok) return read
  const list = Array.isArray(read.value) ? read.value : []
  if (op === 'remove') {
    if (list.length > 0) reading.applied.add('valueListOnRemove')
    return ok({ op, value: filter ? undefined : list })
  }
  if (!filter) return ok({ op, value: list })
  if (list.length > 1) {
    return err(scimError('wrongType', { attribute: 'members', expected: 'a single value' }))
  }
  if (list.length > 0) return ok({ op, value: list })
  return op === 'replace' ? ok({ op: 'remove', value: undefined }) : missing(op)
}

function missing(operation: Operation): MemberChange {
  return err(scimError('missingValue', { operation, path: quote('members') }))
}
