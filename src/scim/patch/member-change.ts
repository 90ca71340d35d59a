/** Changes of the members of a team: every entry of a value names a user, or the request is refused. */
import { err, ok, type Result } from '../../result'
import { quote, scimError, type ScimError } from '../error'
import type { PatchPath } from '../filter/parse'
import { isObject, textOf, type Json } from '../json'
import { idsOf } from '../members/filter'
import { isPossibleId } from '../notation/id'
import { remark } from '../passed-over/notes'
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
  if (json === undefined && op === 'remove') {
    noteNobody(reading, [], filter)
    return ok({ op, value: undefined })
  }
  if (json === undefined) return missing(op)
  const read = readValue(reading, path.attribute, json, 'members')
  if (!read.ok) return read
  const list = Array.isArray(read.value) ? read.value : []
  if (op === 'remove') {
    if (list.length > 0) reading.applied.add('valueListOnRemove')
    noteNobody(reading, list, filter)
    return ok({ op, value: filter && list.length === 0 ? undefined : list })
  }
  if (!filter) return ok({ op, value: list })
  if (list.length > 1) {
    return err(scimError('wrongType', { attribute: 'members', expected: 'a single value' }))
  }
  if (list.length > 0) return ok({ op, value: list })
  return op === 'replace' ? ok({ op: 'remove', value: undefined }) : missing(op)
}

/** Tells of ids that no user can have: who was meant is still in. */
function noteNobody(reading: Reading, list: readonly Json[], filter: PatchPath['filter']): void {
  const listed = list.map((member) => (isObject(member) ? textOf(member['value']) : ''))
  for (const id of [...listed, ...((filter && idsOf(filter)) ?? [])]) {
    if (!isPossibleId(id)) remark(reading, 'membersSkipped', id, nobodyLeft)
  }
}

const nobodyLeft = 'No user has an id like this: nobody left.'

function missing(operation: Operation): MemberChange {
  return err(scimError('missingValue', { operation, path: quote('members') }))
}
