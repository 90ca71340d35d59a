/** Members that a filter can be about, as far as the filter itself names them. */
import type { Filter } from '../filter/tree'

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

/** The id of the user to whom an address leads, whatever stands before it. */
export function idInAddress(address: string): string | undefined {
  return /(?:^|\/)Users\/([^/?#]+)\/*$/i.exec(address)?.[1]
}

/** The part of a member that is compared. */
export function partOf(filter: Filter & { readonly kind: 'compare' }): string | undefined {
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
