/**
 * A filter as SQL over the `search` document and the indexes (RFC 7644 section 3.4.2.2). It agrees
 * with `matches` in `scim/match.ts`; a property test holds them together.
 *
 * A comparison with nothing is NULL here, which `and` and `or` treat as false; `not` is the one
 * place that has to turn it into false first. `LIKE` is not used: D1 limits its patterns to 50 bytes.
 */
import { sql, type SQL } from 'drizzle-orm'
import type { Comparable, Filter, Operator } from '../scim/filter-tree'
import { target, type AttributePath } from '../scim/path'
import type { ResourceType } from '../scim/schema'
import { memberships, teams, userEmails, users } from './tables'

interface Source {
  readonly type: ResourceType
  readonly tenantId: number
}

export function filterSql(type: ResourceType, filter: Filter, tenantId: number): SQL {
  return compile({ type, tenantId }, filter)
}

function compile(source: Source, filter: Filter): SQL {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return join(
        filter.kind,
        filter.operands.map((operand) => compile(source, operand)),
      )
    case 'not':
      return sql`ifnull(${compile(source, filter.operand)}, 0) = 0`
    case 'present':
      return present(source, filter.path)
    case 'element':
      return element(source, filter.path, filter.filter)
    case 'compare':
      return comparison(source, filter.path, filter.operator, filter.value)
  }
}

/** Balanced, so that many terms stay below the depth that D1 allows an expression. */
function join(kind: 'and' | 'or', operands: readonly SQL[]): SQL {
  const [only] = operands
  if (operands.length === 1 && only) return only
  const half = Math.ceil(operands.length / 2)
  const left = join(kind, operands.slice(0, half))
  const right = join(kind, operands.slice(half))
  return kind === 'and' ? sql`(${left} and ${right})` : sql`(${left} or ${right})`
}

function comparison(
  source: Source,
  path: AttributePath,
  operator: Operator,
  value: Comparable,
): SQL {
  if (operator === 'ne') return sql`ifnull(${comparison(source, path, 'eq', value)}, 0) = 0`
  if (value === null) return sql`ifnull(${present(source, path)}, 0) = 0`
  const indexed = operator === 'eq' ? indexedEqual(source, path, value) : undefined
  if (indexed) return indexed
  if (!isList(path)) return compare(column(source, path), operator, value)
  return any(source, path, (item) => compare(item(path), operator, value))
}

function element(source: Source, path: AttributePath, filter: Filter): SQL {
  const found = any(source, path, (item) => compileElement(item, filter))
  const address = requiredEmail(path, filter)
  return address === undefined ? found : sql`(${hasEmail(source, address)} and ${found})`
}

type Item = (path: AttributePath) => SQL

/** The filter of one element, whose sub-attributes `item` reads. */
function compileElement(item: Item, filter: Filter): SQL {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return join(
        filter.kind,
        filter.operands.map((operand) => compileElement(item, operand)),
      )
    case 'not':
      return sql`ifnull(${compileElement(item, filter.operand)}, 0) = 0`
    case 'present':
      return isPresent(item(filter.path))
    case 'element':
      // The parser allows no brackets inside brackets.
      return sql`0`
    case 'compare': {
      const { path, operator, value } = filter
      if (operator === 'ne' || value === null) {
        const equal = value === null ? isPresent(item(path)) : compare(item(path), 'eq', value)
        const isAsked = operator === 'ne' && value === null
        return isAsked ? equal : sql`ifnull(${equal}, 0) = 0`
      }
      return compare(item(path), operator, value)
    }
  }
}

function present(source: Source, path: AttributePath): SQL {
  if (!isList(path)) return isPresent(column(source, path))
  return any(source, path, (item) => isPresent(item(path)))
}

/** JSON gives text, numbers and nothing else here; an empty text or object counts as nothing. */
function isPresent(value: SQL): SQL {
  return sql`ifnull(${value} not in ('', '{}', '[]'), 0)`
}

function compare(value: SQL, operator: Operator, wanted: string | number | boolean): SQL {
  const bound = typeof wanted === 'boolean' ? Number(wanted) : wanted
  switch (operator) {
    case 'eq':
      return sql`${value} = ${bound}`
    case 'gt':
      return sql`${value} > ${bound}`
    case 'ge':
      return sql`${value} >= ${bound}`
    case 'lt':
      return sql`${value} < ${bound}`
    case 'le':
      return sql`${value} <= ${bound}`
    case 'co':
      return sql`instr(${value}, ${bound}) > 0`
    case 'sw':
      return sql`substr(${value}, 1, ${lengthOf(wanted)}) = ${bound}`
    case 'ew':
      return wanted === ''
        ? sql`${value} is not null`
        : sql`substr(${value}, -${lengthOf(wanted)}) = ${bound}`
    case 'ne':
      return sql`${value} <> ${bound}`
  }
}

/** SQLite counts code points. A number of our own, so it can stand in the SQL. */
function lengthOf(text: string | number | boolean): SQL {
  return sql.raw(String(Array.from(String(text)).length))
}

function isList(path: AttributePath): boolean {
  return path.attribute.multiValued || target(path).multiValued
}

/** True when some element of the list satisfies a condition. */
function any(source: Source, path: AttributePath, condition: (item: Item) => SQL): SQL {
  const { attribute } = path
  const isOf = (type: string, name: string) => source.type.name === type && attribute.name === name
  if (isOf('Group', 'members')) return anyMember(source, condition)
  if (isOf('User', 'groups')) return anyGroup(source, condition)
  const item: Item = ({ subAttribute }) =>
    subAttribute
      ? sql`json_extract(item.value, ${jsonPath(subAttribute.name)})`
      : sql`item.value`
  return sql`exists (select 1 from json_each(search, ${documentPath(path)}) as item
    where ${condition(item)})`
}

function anyMember(source: Source, condition: (item: Item) => SQL): SQL {
  const item: Item = ({ subAttribute }) => {
    if (subAttribute?.name === 'type') return sql`'user'`
    return sql`membership.user_id`
  }
  return sql`${teams.id} in (select membership.team_id from ${memberships} as membership
    where membership.tenant_id = ${source.tenantId} and ${condition(item)})`
}

function anyGroup(source: Source, condition: (item: Item) => SQL): SQL {
  const item: Item = ({ subAttribute }) => {
    if (subAttribute?.name === 'type') return sql`'direct'`
    if (subAttribute?.name === 'display') return sql`json_extract(team.search, '$.displayName')`
    return sql`membership.team_id`
  }
  return sql`${users.id} in (select membership.user_id from ${memberships} as membership
    join ${teams} as team on team.tenant_id = membership.tenant_id and team.id = membership.team_id
    where membership.tenant_id = ${source.tenantId} and ${condition(item)})`
}

/** Equality on what has an index: bare columns, so that the planner sees it. */
function indexedEqual(
  source: Source,
  path: AttributePath,
  value: string | number | boolean,
): SQL | undefined {
  if (path.extension) return undefined
  const { type } = source
  const name = path.attribute.name
  if (type.name === 'User' && name === 'emails' && path.subAttribute?.name === 'value') {
    return hasEmail(source, value)
  }
  if (type.name === 'Group' && name === 'displayName') {
    const isSame = sql`json_extract(search, '$.displayName') = ${value}`
    return sql`(${teams.nameKey} = ${String(value).trim()} and ${isSame})`
  }
  return undefined
}

function hasEmail(source: Source, value: string | number | boolean): SQL {
  return sql`${users.id} in (select ${userEmails.userId} from ${userEmails}
    where ${userEmails.tenantId} = ${source.tenantId} and ${userEmails.value} = ${value})`
}

/** The address that every element satisfying the filter has, if it names one. */
function requiredEmail(path: AttributePath, filter: Filter): string | undefined {
  if (path.extension || path.attribute.name !== 'emails') return undefined
  if (filter.kind === 'and') {
    return filter.operands.map((part) => requiredEmail(path, part)).find((found) => found)
  }
  const isAddress =
    filter.kind === 'compare' &&
    filter.operator === 'eq' &&
    filter.path.subAttribute?.name === 'value'
  return isAddress && typeof filter.value === 'string' ? filter.value : undefined
}

/** Where a single value is: a column of its own, or a place in the search document. */
function column(source: Source, path: AttributePath): SQL {
  const table = source.type.name === 'User' ? users : teams
  if (!path.extension) {
    switch (`${path.attribute.name}${path.subAttribute ? `.${path.subAttribute.name}` : ''}`) {
      case 'id':
        return sql`${table.id}`
      case 'externalId':
        return sql`${table.externalId}`
      case 'meta.created':
        return sql`${table.createdAt}`
      case 'meta.lastModified':
        return sql`${table.updatedAt}`
      case 'meta':
        return sql`${table.createdAt}`
      case 'meta.resourceType':
        return sql`${source.type.name}`
      case 'userName':
        return sql`${users.userName}`
      case 'displayName':
        if (source.type.name === 'User') return sql`${users.displayName}`
    }
  }
  return sql`json_extract(search, ${documentPath(path)})`
}

function documentPath(path: AttributePath): SQL {
  const names = [
    ...(path.extension ? [path.extension.id] : []),
    path.attribute.name,
    ...(path.subAttribute && !path.attribute.multiValued ? [path.subAttribute.name] : []),
  ]
  return jsonPath(...names)
}

/** Names come from schemas, never from a client; quoted for their colons, dots and dollars. */
function jsonPath(...names: readonly string[]): SQL {
  const path = `$${names.map((name) => `."${name}"`).join('')}`
  return sql.raw(`'${path.replaceAll("'", "''")}'`)
}
