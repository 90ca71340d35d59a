/** A filter as a tree: names resolved, values in the form in which they are compared. */
import type { AttributePath } from '../schema'

/** Folded text unless caseExact, instants as milliseconds. */
export type Comparable = string | number | boolean | null

export type Operator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'lt' | 'ge' | 'le'

/** Paths inside an `element` filter are those of the outer attribute with a sub-attribute. */
export type Filter =
  | {
      readonly kind: 'compare'
      readonly path: AttributePath
      readonly operator: Operator
      readonly value: Comparable
      /** Text as the client wrote it, for elements that are made of a filter. */
      readonly written?: string
    }
  | { readonly kind: 'present'; readonly path: AttributePath }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[] }
  | { readonly kind: 'not'; readonly operand: Filter }
  | { readonly kind: 'element'; readonly path: AttributePath; readonly filter: Filter }
