/** Places of the values that a filter compares: columns, the `search` document, memberships. */
import { sql, type Column, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import type { Comparable, Filter } from '../scim/filter/tree'
import { pathText } from '../scim/path'
import type { Attribute, AttributePath, ResourceType } from '../scim/schema'
import { memberships, teams, userEmails, users } from '../database/schema/directory'

/** Access of a filter to values: those of a resource, or those of one element of a list. */
export interface Scope {
  /** True for the parts of one element of a list. */
  readonly isOfElement: boolean
  /** True when some value that a path leads to passes a test. */
  readonly any: (path: AttributePath, test: Test) => SQL
  /** True when an element satisfies a condition, which is written in the scope of the element. */
  readonly element: (path: AttributePath, condition: (scope: Scope) => SQL) => SQL
  /** Equality where an index other than that of a column answers it. */
  readonly lookUp: (path: AttributePath, value: Bound) => SQL | undefined
  /**
   * Equality as `lookUp` has it, as a condition on positions. Lists are ordered by position, and
   * SQLite would rather walk through a whole tenant in that order than sort the few rows that
   * another index finds.
   */
  readonly locate: (path: AttributePath, value: Bound) => SQL | undefined
}

export type Bound = Exclude<Comparable, null>

/** A test of a value: in SQL, or at once of text that is the same for all rows. */
export interface Test {
  readonly inSql: (value: SQL) => SQL
  readonly atOnce: (text: string) => boolean
}

const membership = alias(memberships, 'membership')
const shownTeam = alias(teams, 'shown')
const foundUser = alias(users, 'found')
const foundTeam = alias(teams, 'found')
const furtherEmail = alias(userEmails, 'further')

/** Attributes with a column; all others are in the search document, under the same name. */
const columns: Readonly<Record<ResourceType['name'], Readonly<Record<string, Column>>>> = {
  User: {
    id: users.id,
    userName: users.userName,
    externalId: users.externalId,
    displayName: users.displayName,
    'meta.created': users.createdAt,
    'meta.lastModified': users.updatedAt,
  },
  Group: {
    id: teams.id,
    externalId: teams.externalId,
    'meta.created': teams.createdAt,
    'meta.lastModified': teams.updatedAt,
  },
}

export function resourceScope(type: ResourceType, tenantId: number): Scope {
  const table = type.name === 'User' ? users : teams
  const { search } = table
  const scope: Scope = {
    isOfElement: false,
    any(path, test) {
      const { attribute, subAttribute } = path
      if (attribute.multiValued && subAttribute) {
        return scope.element(path, (element) => element.any(path, test))
      }
      const text = pathText(path)
      if (text === 'meta.resourceType') return truth(test.atOnce(type.name))
      const column = columns[type.name][text]
      if (column) return test.inSql(sql`${column}`)
      const names = subAttribute ? [...namesOf(path), subAttribute.name] : namesOf(path)
      return anyIn(sql`${search}`, names, subAttribute ?? attribute, test)
    },
    element(path, condition) {
      const relation = relationOf(type, path)
      if (relation) return related(relation, tenantId, condition(relatedScope(relation)))
      const place = jsonPath(namesOf(path))
      if (path.attribute.multiValued) {
        return sql`exists (select 1 from json_each(${search}, ${place}) as element
          where ${condition(elementScope)})`
      }
      if (pathText(path) === 'meta') return condition(scope)
      return sql`(json_type(${search}, ${place}) is not null and ${condition(scope)})`
    },
    lookUp(path, value) {
      const ids = idsWith(type, tenantId, path, value)
      return ids ? sql`${table.id} in (${ids})` : teamNamed(type, path, value)
    },
    locate(path, value) {
      const ids = idsWith(type, tenantId, path, value)
      const found = type.name === 'User' ? foundUser : foundTeam
      return ids
        ? sql`${table.position} in (select ${found.position} from ${table} as ${found}
          where ${found.tenantId} = ${number(tenantId)} and ${found.id} in (${ids}))`
        : undefined
    },
  }
  return scope
}

/** Selects the ids of those who have a value, where a table with an index knows. */
function idsWith(
  type: ResourceType,
  tenantId: number,
  path: AttributePath,
  value: Bound,
): SQL | undefined {
  const relation = relationOf(type, path)
  if (relation && path.subAttribute?.name === 'value') {
    return sql`select ${relation.ownId} from ${memberships} as ${membership}
      where ${membership.tenantId} = ${number(tenantId)} and ${relation.otherId} = ${value}`
  }
  return type.name === 'User' && pathText(path) === 'emails.value'
    ? sql`with wanted as (select ${value} as address)
      select ${foundUser.id} from wanted cross join ${users} as ${foundUser}
        on ${foundUser.tenantId} = ${number(tenantId)} and ${foundUser.firstEmail} = wanted.address
      union all select ${furtherEmail.userId} from wanted cross join ${userEmails} as ${furtherEmail}
        on ${furtherEmail.tenantId} = ${number(tenantId)} and ${furtherEmail.value} = wanted.address`
    : undefined
}

/** The key has no blanks around it, the name may: only a name without them is found by its key. */
function teamNamed(type: ResourceType, path: AttributePath, value: Bound): SQL | undefined {
  const isName = type.name === 'Group' && pathText(path) === 'displayName'
  return isName && String(value).trim() === value
    ? sql`(${teams.nameKey} = ${value}
      and json_extract(${teams.search}, '$."displayName"') = ${teams.nameKey})`
    : undefined
}

/** One element of a list in the search document, and its parts. */
const elementScope: Scope = {
  isOfElement: true,
  any({ attribute, subAttribute }, test) {
    if (subAttribute) return anyIn(sql`element.value`, [subAttribute.name], subAttribute, test)
    return attribute.type === 'complex' ? truth(false) : test.inSql(sql`element.value`)
  },
  element: () => truth(false),
  lookUp: () => undefined,
  locate: () => undefined,
}

/** True when some value at a place of a JSON text passes a test. */
function anyIn(json: SQL, names: readonly string[], attribute: Attribute, test: Test): SQL {
  const place = jsonPath(names)
  return attribute.multiValued
    ? sql`exists (select 1 from json_each(${json}, ${place}) as item
      where ${test.inSql(sql`item.value`)})`
    : test.inSql(sql`json_extract(${json}, ${place})`)
}

function namesOf({ extension, attribute }: AttributePath): readonly string[] {
  return extension ? [extension.id, attribute.name] : [attribute.name]
}

/**
 * Names come from schemas; those that were observed hold what a declared one may (`scim/observed/`).
 * Quoted for their colons, dots and dollars.
 */
function jsonPath(names: readonly string[]): SQL {
  const path = `$${names.map((name) => `."${name}"`).join('')}`
  return sql.raw(`'${path.replaceAll("'", "''")}'`)
}

function truth(isTrue: boolean): SQL {
  return isTrue ? sql`1` : sql`0`
}

/** A list that is not in the document, but in `memberships`. */
interface Relation {
  readonly owner: Column
  /** The columns of `memberships` for the resource itself, and for the other end. */
  readonly ownId: Column
  readonly otherId: Column
  readonly type: string
  readonly display: SQL | undefined
}

const relations: Readonly<Record<string, Relation>> = {
  'Group.members': {
    owner: teams.id,
    ownId: membership.teamId,
    otherId: membership.userId,
    type: 'user',
    display: undefined,
  },
  'User.groups': {
    owner: users.id,
    ownId: membership.userId,
    otherId: membership.teamId,
    type: 'direct',
    display: sql`(select json_extract(${shownTeam.search}, '$."displayName"')
      from ${teams} as ${shownTeam}
      where ${shownTeam.tenantId} = ${membership.tenantId} and ${shownTeam.id} = ${membership.teamId})`,
  },
}

function relationOf(type: ResourceType, { extension, attribute }: AttributePath) {
  return extension ? undefined : relations[`${type.name}.${attribute.name}`]
}

function related({ owner, ownId }: Relation, tenantId: number, condition: SQL): SQL {
  return sql`exists (select 1 from ${memberships} as ${membership}
    where ${membership.tenantId} = ${number(tenantId)} and ${ownId} = ${owner} and ${condition})`
}

function relatedScope({ otherId, type, display }: Relation): Scope {
  return {
    ...elementScope,
    any({ subAttribute }, test) {
      if (subAttribute?.name === 'value') return test.inSql(sql`${otherId}`)
      if (subAttribute?.name === 'type') return truth(test.atOnce(type))
      return subAttribute?.name === 'display' && display ? test.inSql(display) : truth(false)
    },
  }
}

/** A number of the gateway's own; anything else has no `toFixed`. */
export function number(value: number): SQL {
  return sql.raw(value.toFixed(0))
}

/** The place of a value that a resource has at most one of. */
export function singleValue(type: ResourceType, path: AttributePath): SQL {
  const column = columns[type.name][pathText(path)]
  if (column) return sql`${column}`
  const { subAttribute } = path
  const names = subAttribute ? [...namesOf(path), subAttribute.name] : namesOf(path)
  return sql`json_extract(${tableOf(type).search}, ${jsonPath(names)})`
}

/** One part of the primary element of a list, else of the first. */
export function preferredValue(type: ResourceType, path: AttributePath): SQL {
  const { search } = tableOf(type)
  const { subAttribute } = path
  const list = jsonPath(namesOf(path))
  // Elements without parts have no mark.
  if (!subAttribute) return sql`json_extract(${search}, ${list} || '[0]')`
  return sql`(select json_extract(element.value, ${jsonPath([subAttribute.name])})
    from json_each(${search}, ${list}) as element
    order by element.value ->> '$.primary' is not 1, element.key limit 1)`
}

/** A filter that is an equality of a text with a column, as providers look somebody up. */
export interface Equality {
  readonly column: Column
  readonly values: { readonly wanted: string }
  /** True for a column of which no two resources of a tenant have the same. */
  readonly isUnique: boolean
}

const unique: ReadonlySet<Column> = new Set([users.id, users.userName, teams.id])

/** The equality that a filter is, where it is one and its column answers it. */
export function equality(type: ResourceType, filter: Filter): Equality | undefined {
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return undefined
  const { path, value } = filter
  const column = columns[type.name][pathText(path)]
  return column && typeof value === 'string'
    ? { column, values: { wanted: value }, isUnique: unique.has(column) }
    : undefined
}

function tableOf(type: ResourceType): typeof users | typeof teams {
  return type.name === 'User' ? users : teams
}
