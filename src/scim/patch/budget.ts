/**
 * The work of one PATCH: each operation with a filter compares every element of its list by every term of
 * the filter. Operations, elements and terms are bounded each; this bounds what they come to together.
 */
import { scimError, type ScimError } from '../error'
import type { Filter } from '../filter/tree'

/** Comparisons of one request: 1,000 operations with a filter of one term on a list of 1,000. */
export const maximumComparisons = 1_000_000

export interface Budget {
  comparisons: number
}

export function startBudget(): Budget {
  return { comparisons: maximumComparisons }
}

/** Takes off what a filter over so many elements costs; the refusal when that is more than is left. */
export function spend(budget: Budget, filter: Filter, elements: number): ScimError | undefined {
  budget.comparisons -= elements * termsOf(filter)
  return budget.comparisons < 0
    ? scimError('patchTooCostly', {
        limit: `${maximumComparisons} comparisons (operations, times values, times terms)`,
      })
    : undefined
}

function termsOf(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.operands.reduce((sum, operand) => sum + termsOf(operand), 0)
    case 'not':
      return termsOf(filter.operand)
    case 'element':
      return termsOf(filter.filter)
    case 'compare':
    case 'present':
      return 1
  }
}
