/**
 * A filter as SQL over the `search` document, the columns and the memberships (RFC 7644 section
 * 3.4.2.2). It agrees with `matches` in `scim/filter/match.ts`; a property test
 * compares the two.
 *
 * What has no value is NULL here, which `and`, `or` and `where` take for false; only `not` has to
 * make it false first. `LIKE` is not used: D1 limits its patterns to 50 bytes.
 *
 * D1 allows 100 parameters in a statement, and a filter has up to 50 terms. So a term binds one
 * value, an element filter one more for its index, and what no client wrote stands in the text.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Comparable, Filter, Operator } from '../scim/filter/tree'
import { holdsFor, isAssumedFalse } from '../scim/filter/match'
import type { AttributePath, ResourceType } from '../scim/schema'
import { number, resourceScope, type Bound, type Scope, type Test } from './filter-scope'

/** A condition on a row of `users` or `teams`, true of those that the filter means. */
export function filterSql(type: ResourceType, filter: Filter, tenantId: number): SQL {
  const scope = resourceScope(type, tenantId)
  const condition = compile(scope, filter)
  const located = conjuncts(filter)
    .flatMap((part) => (part.kind === 'element' ? conjuncts(part.filter) : [part]))
    .map((part) => ifEqual(part, scope.locate))
    .find((found) => found !== undefined)
  return located ? sql`(${located} and ${condition})` : condition
}

function compile(scope: Scope, filter: Filter): SQL {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return join(
        filter.kind,
        filter.operands.map((operand) => compile(scope, operand)),
      )
    case 'not':
      return not(compile(scope, filter.operand))
    case 'present':
      return present(scope, filter.path)
    case 'element':
      return elementFilter(scope, filter.path, filter.filter)
    case 'compare':
      return comparison(scope, filter.path, filter.operator, filter.value)
  }
}

function not(condition: SQL): SQL {
  return sql`ifnull((${condition}), 0) = 0`
}

/** Balanced, so that many terms stay below the depth that D1 allows an expression. */
function join(word: 'and' | 'or', operands: readonly SQL[]): SQL {
  const [only] = operands
  if (operands.length === 1 && only) return only
  const half = Math.ceil(operands.length / 2)
  const left = join(word, operands.slice(0, half))
  const right = join(word, operands.slice(half))
  return sql`(${left} ${sql.raw(word)} ${right})`
}

/** A complex attribute has a value when one of its parts has. */
function present(scope: Scope, path: AttributePath): SQL {
  const { attribute, subAttribute } = path
  if (attribute.type !== 'complex' || subAttribute) return scope.any(path, isPresent)
  const operands = (attribute.subAttributes ?? []).map((part): Filter => ({
    kind: 'present',
    path: { ...path, subAttribute: part },
  }))
  return scope.element(path, (element) => compile(element, { kind: 'or', operands }))
}

const isPresent: Test = {
  inSql: (value) => sql`${value} <> ''`,
  atOnce: (text) => text !== '',
}

/** An element that must have a certain `value` is looked for by the index first. */
function elementFilter(scope: Scope, path: AttributePath, filter: Filter): SQL {
  const found = scope.element(path, (element) => compile(element, filter))
  const indexed = conjuncts(filter)
    .map((part) => ifEqual(part, scope.lookUp))
    .find((condition) => condition !== undefined)
  return indexed ? sql`(${indexed} and ${found})` : found
}

function conjuncts(filter: Filter): readonly Filter[] {
  return filter.kind === 'and' ? filter.operands.flatMap(conjuncts) : [filter]
}

function ifEqual(filter: Filter, find: Scope['lookUp']): SQL | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.value === null) {
    return undefined
  }
  return find(filter.path, filter.value)
}

function comparison(scope: Scope, path: AttributePath, operator: Operator, value: Comparable): SQL {
  if (operator === 'ne') return differs(scope, path, value)
  if (value === null) return not(present(scope, path))
  const indexed = operator === 'eq' ? scope.lookUp(path, value) : undefined
  if (indexed) return indexed
  return scope.any(path, {
    inSql: (actual) =>
      compare(isAssumedFalse(path) ? sql`ifnull(${actual}, 0)` : actual, operator, value),
    atOnce: (actual) => holdsFor(operator, actual, value),
  })
}

/** Any value of a list may be another one (RFC 7644 section 3.4.2.2). */
function differs(scope: Scope, path: AttributePath, value: Comparable): SQL {
  const { attribute, subAttribute } = path
  if (attribute.multiValued && subAttribute && !scope.isOfElement) {
    return scope.element(path, (element) => differs(element, path, value))
  }
  if (!(subAttribute ?? attribute).multiValued) return not(comparison(scope, path, 'eq', value))
  return value === null
    ? scope.any(path, isPresent)
    : scope.any(path, {
        inSql: (actual) => not(compare(actual, 'eq', value)),
        atOnce: (actual) => holdsFor('ne', actual, value),
      })
}

function compare(actual: SQL, operator: Operator, value: Bound): SQL {
  const bound = typeof value === 'boolean' ? Number(value) : value
  switch (operator) {
    case 'eq':
      return sql`${actual} = ${bound}`
    case 'ne':
      return sql`${actual} <> ${bound}`
    case 'gt':
      return sql`${actual} > ${bound}`
    case 'ge':
      return sql`${actual} >= ${bound}`
    case 'lt':
      return sql`${actual} < ${bound}`
    case 'le':
      return sql`${actual} <= ${bound}`
    case 'co':
      return sql`instr(${actual}, ${bound}) > 0`
    case 'sw':
      return sql`substr(${actual}, 1, ${codePoints(value)}) = ${bound}`
    case 'ew':
      // An offset of -0 would be the start of the text.
      return value === ''
        ? sql`${actual} is not null`
        : sql`substr(${actual}, -${codePoints(value)}) = ${bound}`
  }
}

/** The length as SQLite counts it. */
function codePoints(text: Bound): SQL {
  return number(Array.from(String(text)).length)
}
