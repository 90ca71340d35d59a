/** Comparisons that a filter holds twice. */
import { quote } from '../error'
import { pathText } from '../path'
import { withoutSecrets } from '../text/secrets'
import type { Filter } from './tree'

/**
 * ConnId 1.0.5, of which B and C were to go: `members[value eq "B" or value eq "B"]`. Answers the first
 * comparison that stands there twice, as a message may show it; undefined when all are different.
 */
export function repeatedComparison(filter: Filter): string | undefined {
  const seen = new Set<string>()
  const twice = comparisonsIn(filter).find((comparison) => {
    const isSeen = seen.has(comparison)
    seen.add(comparison)
    return isSeen
  })
  return twice && withoutSecrets(twice)
}

function comparisonsIn(filter: Filter): string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.flatMap(comparisonsIn)
    case 'not':
      return comparisonsIn(filter.operand)
    case 'element':
      return comparisonsIn(filter.filter)
    case 'present':
      return [`${pathText(filter.path)} pr`]
    case 'compare': {
      const value = typeof filter.value === 'string' ? quote(filter.value) : String(filter.value)
      return [`${pathText(filter.path)} ${filter.operator} ${value}`]
    }
  }
}
