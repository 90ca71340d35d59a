/** The effect of a request on the members of a team, as sets. Pure. */
import type { Filter } from '../scim/filter/tree'
import { isObject, type Json } from '../scim/json'
import { matchesElement, searchElement } from '../scim/filter/match'
import type { AttributeChange, Change } from '../scim/patch/parse'
import type { Reference } from '../scim/representation'
import { groupSchema } from '../scim/group'
import type { MembershipChange } from '../memberships/store'

const members = groupSchema.attributes.find((attribute) => attribute.name === 'members')

export interface TeamChanges {
  readonly attributes: readonly Change[]
  readonly members: readonly AttributeChange[]
}

/** Members are rows, everything else is in the document. */
export function splitChanges(changes: readonly Change[]): TeamChanges {
  const attributes: Change[] = []
  const ofMembers: AttributeChange[] = []
  for (const change of changes) {
    if (change.kind === 'attribute' && change.path.attribute === members) ofMembers.push(change)
    else attributes.push(change)
  }
  return { attributes, members: ofMembers }
}

/** True when a filter is more than a list of ids: then the present members are needed. */
export function needsPresentMembers(changes: readonly AttributeChange[]): boolean {
  return changes.some(({ filter }) => filter !== undefined && idsOf(filter) === undefined)
}

/** The net effect of several operations, in their order (RFC 7644 section 3.5.2). */
export function planMembership(
  changes: readonly AttributeChange[],
  present: readonly Reference[],
): MembershipChange {
  let isReplacement = false
  let joins = new Set<string>()
  const leaves = new Set<string>()
  for (const change of changes) {
    const ids = change.filter
      ? (idsOf(change.filter) ?? matching(change.filter, present, isReplacement, joins, leaves))
      : memberIds(change.value)
    const isWhole = change.filter === undefined
    if (
      (change.op === 'replace' && isWhole) ||
      (change.op === 'remove' && isWhole && change.value === undefined)
    ) {
      isReplacement = true
      joins = new Set(change.op === 'replace' ? ids : [])
      leaves.clear()
    } else if (change.op === 'remove') {
      for (const id of ids) {
        joins.delete(id)
        leaves.add(id)
      }
    } else {
      for (const id of ids) {
        joins.add(id)
        leaves.delete(id)
      }
    }
  }
  return { isReplacement, joins: [...joins], leaves: isReplacement ? [] : [...leaves] }
}

/** The ids in a list of members; a member that has a `$ref` alone is named by its last part. */
export function memberIds(list: Json | undefined): string[] {
  const ids = new Set<string>()
  for (const member of Array.isArray(list) ? list : [list]) {
    if (!isObject(member)) continue
    const id = member['value'] ?? lastPart(member['$ref'])
    if (typeof id === 'string' && id !== '') ids.add(id)
  }
  return [...ids]
}

function lastPart(reference: Json | undefined): string | undefined {
  return typeof reference === 'string' ? reference.split('/').at(-1) : undefined
}

/** The ids of a filter that is a list of ids: `value eq "…"`, alone or joined by `or`. */
function idsOf(filter: Filter): string[] | undefined {
  if (filter.kind === 'compare') {
    const isId = filter.path.subAttribute?.name === 'value' && filter.operator === 'eq'
    return isId && typeof filter.value === 'string' ? [filter.value] : undefined
  }
  if (filter.kind !== 'or') return undefined
  const ids: string[] = []
  for (const operand of filter.operands) {
    const found = idsOf(operand)
    if (!found) return undefined
    ids.push(...found)
  }
  return ids
}

/** The members at this point of the request for whom the filter is true. */
function matching(
  filter: Filter,
  present: readonly Reference[],
  isReplacement: boolean,
  joins: ReadonlySet<string>,
  leaves: ReadonlySet<string>,
): string[] {
  const names = new Map(present.map(({ id, display }) => [id, display]))
  const now = new Set([
    ...(isReplacement ? [] : [...names.keys()].filter((id) => !leaves.has(id))),
    ...joins,
  ])
  return [...now].filter((id) => {
    const member = { value: id, type: 'User', display: names.get(id) ?? '' }
    const element = members ? searchElement(members, member) : member
    return isObject(element) && matchesElement(filter, element)
  })
}
