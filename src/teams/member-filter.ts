/** Filters of members in a PATCH: whom they can be about, and of whom they are true. Pure. */
import type { Filter } from '../scim/filter/tree'
import { matchesElement, searchElement } from '../scim/filter/match'
import { members } from '../scim/group'
import { isObject } from '../scim/json'
import { representMember, type Reference } from '../scim/representation'

/** The ids of a filter that is a list of ids: `value eq "…"`, alone or joined by `or`. */
export function idsOf(filter: Filter): string[] | undefined {
  if (filter.kind === 'compare') {
    const isId = partOf(filter) === 'value' && filter.operator === 'eq'
    return isId && typeof filter.value === 'string' ? [filter.value] : undefined
  }
  return filter.kind === 'or' ? all(filter.operands.map(idsOf)) : undefined
}

/** Ids among which are all for whom the filter can be true; undefined when it can be anybody. */
export function candidatesOf(filter: Filter): string[] | undefined {
  switch (filter.kind) {
    case 'compare':
      return filter.operator === 'eq' && typeof filter.value === 'string'
        ? candidatesFor(partOf(filter), filter.value)
        : undefined
    case 'and':
      return filter.operands.map(candidatesOf).find((ids) => ids !== undefined)
    case 'or':
      return all(filter.operands.map(candidatesOf))
    case 'not':
    case 'present':
    case 'element':
      return undefined
  }
}

function candidatesFor(part: string | undefined, value: string): string[] | undefined {
  if (part === 'value') return [value]
  if (part !== '$ref') return undefined
  const id = idInAddress(value)
  return id === undefined ? [] : [id]
}

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

function idInAddress(address: string): string | undefined {
  return /(?:^|\/)Users\/([^/?#]+)\/*$/i.exec(address)?.[1]
}

function partOf(filter: Filter & { readonly kind: 'compare' }): string | undefined {
  return filter.path.subAttribute?.name
}

/** All ids of lists; undefined when one of the lists is. */
function all(lists: readonly (readonly string[] | undefined)[]): string[] | undefined {
  const ids: string[] = []
  for (const list of lists) {
    if (!list) return undefined
    ids.push(...list)
  }
  return ids
}
