/** Filters of members in a PATCH: of whom they are true. Pure. */
import type { Filter } from '../scim/filter/tree'
import { matchesElement, searchElement } from '../scim/filter/match'
import { members } from '../scim/group'
import { isObject } from '../scim/json'
import { idInAddress, partOf } from '../scim/members/filter'
import { representMember, type Reference } from '../scim/representation'

/**
 * Tells of a member, as answers show it, whether the filter is true of it. An address is compared by
 * the user that it leads to: clients keep those of another host name, and relative ones.
 */
export function memberTest(filter: Filter, baseUrl: string): (member: Reference) => boolean {
  const wanted = withAddresses(filter, baseUrl)
  return (member) => {
    const element = searchElement(members, representMember(member, baseUrl))
    return isObject(element) && matchesElement(wanted, element)
  }
}

function withAddresses(filter: Filter, baseUrl: string): Filter {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const operands = filter.operands.map((operand) => withAddresses(operand, baseUrl))
      return { ...filter, operands }
    }
    case 'not':
      return { ...filter, operand: withAddresses(filter.operand, baseUrl) }
    case 'compare': {
      const { operator, value } = filter
      const isWhole = operator === 'eq' || operator === 'ne'
      const isAddress = partOf(filter) === '$ref' && isWhole && typeof value === 'string'
      const id = isAddress ? idInAddress(value) : undefined
      return id === undefined ? filter : { ...filter, value: addressOf(id, baseUrl) }
    }
    case 'present':
    case 'element':
      return filter
  }
}

function addressOf(id: string, baseUrl: string): string {
  return representMember({ id, display: '' }, baseUrl).$ref
}
