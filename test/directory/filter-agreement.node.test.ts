/**
 * SQL and `matches` are two readings of one filter. Here they read the same random filters over
 * the same random resources, SQL on a real SQLite with the migrations of the gateway.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { SQLiteSyncDialect } from 'drizzle-orm/sqlite-core'
import { sql, type SQL } from 'drizzle-orm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFilter } from '../../src/scim/filter/parse'
import type { Filter } from '../../src/scim/filter/tree'
import { groupType } from '../../src/scim/group'
import { isObject, type JsonObject } from '../../src/scim/json'
import { fold, matches, searchDocument } from '../../src/scim/filter/match'
import { schemasOf } from '../../src/scim/resource'
import { attribute, type Attribute, type ResourceType } from '../../src/scim/schema'
import { startReading } from '../../src/scim/tolerance/reading'
import { userType } from '../../src/scim/user'
import { filterSql } from '../../src/directory/filter-sql'
import { filters, formatFilter, ids, resources } from '../support/arbitraries'

/** One attribute of every type, single and as a list, as an extension may have them. */
const kinds = (multiValued: boolean): Attribute[] =>
  (['string', 'boolean', 'integer', 'decimal', 'dateTime', 'binary', 'reference'] as const).map(
    (type) => attribute(multiValued ? `${type}s` : type, type, { type, multiValued }),
  )

const everyKindUrn = "urn:example:it's:2.0:EveryKind"

const everyKind: ResourceType = {
  ...userType,
  extensions: [
    ...userType.extensions,
    {
      id: everyKindUrn,
      name: 'EveryKind',
      description: 'One attribute of every type.',
      attributes: [
        ...kinds(false),
        ...kinds(true),
        attribute('exact', 'Text with case.', { caseExact: true }),
        attribute('box', 'Parts.', { type: 'complex', subAttributes: kinds(false) }),
        attribute('boxes', 'Lists of parts.', {
          type: 'complex',
          multiValued: true,
          subAttributes: [
            ...kinds(false),
            ...kinds(true),
            attribute('value', 'Value.'),
            attribute('primary', 'Mark.', { type: 'boolean' }),
          ],
        }),
      ],
    },
  ],
}

interface World {
  readonly users: readonly JsonObject[]
  readonly teams: readonly JsonObject[]
  /** Pairs of user and team, by their places. */
  readonly memberships: readonly (readonly [number, number])[]
}

const worlds: fc.Arbitrary<World> = fc.record({
  users: fc.uniqueArray(resources(everyKind), {
    minLength: 1,
    maxLength: 6,
    selector: (user) => fold(String(user['userName'])),
  }),
  teams: fc.uniqueArray(resources(groupType), {
    minLength: 1,
    maxLength: 4,
    selector: (team) => fold(fold(String(team['displayName'])).trim()),
  }),
  memberships: fc.uniqueArray(fc.tuple(fc.nat(5), fc.nat(3)), {
    maxLength: 8,
    selector: (pair) => pair.join(),
  }),
})

const created = Date.parse('2026-01-01T00:00:00Z')

/** A resource with its id, as an answer shows it and as a filter sees it. */
function complete(
  type: ResourceType,
  resource: JsonObject,
  index: number,
  relations: JsonObject,
): JsonObject {
  return {
    ...resource,
    ...relations,
    id: ids[index] ?? '',
    schemas: schemasOf(type, resource),
    meta: {
      resourceType: type.name,
      created: new Date(created).toISOString(),
      lastModified: new Date(created + index).toISOString(),
    },
  }
}

function completeUsers(world: World): JsonObject[] {
  return world.users.map((user, index) => {
    const groups = world.memberships.flatMap(([userAt, teamAt]) => {
      const team = world.teams[teamAt]
      if (userAt !== index || !team) return []
      return [{ value: ids[teamAt] ?? '', display: team['displayName'] ?? '', type: 'direct' }]
    })
    return complete(everyKind, user, index, { groups })
  })
}

function completeTeams(world: World): JsonObject[] {
  return world.teams.map((team, index) => {
    const members = world.memberships.flatMap(([userAt, teamAt]) =>
      teamAt === index && world.users[userAt] ? [{ value: ids[userAt] ?? '', type: 'User' }] : [],
    )
    return complete(groupType, team, index, { members })
  })
}

const dialect = new SQLiteSyncDialect()

/** What workerd sets for D1. */
const limits = {
  sqlLength: 100_000,
  exprDepth: 100,
  compoundSelect: 5,
  vdbeOp: 25_000,
  functionArg: 32,
  likePatternLength: 50,
  variableNumber: 100,
}

function openDatabase(): DatabaseSync {
  const database = new DatabaseSync(':memory:', { limits })
  const migrations = readdirSync('drizzle').filter((name) => name.endsWith('.sql'))
  for (const name of migrations.toSorted()) {
    const migration = readFileSync(`drizzle/${name}`, 'utf8')
    for (const part of migration.split('--> statement-breakpoint')) database.exec(part)
  }
  return database
}

/** Writes the rows as the store would. */
function insert(database: DatabaseSync, tenantId: number, world: World): void {
  const run = (statement: string, ...values: (string | number)[]) =>
    database.prepare(statement).run(...values)
  world.users.forEach((user, index) => {
    const id = ids[index] ?? ''
    const search = searchDocument(everyKind, { ...user, schemas: schemasOf(everyKind, user) })
    run(
      `insert into users (tenant_id, id, attributes, search, version, operation, created_at,
        updated_at) values (?, ?, '{}', ?, 1, '', ?, ?)`,
      tenantId,
      id,
      JSON.stringify(search),
      created,
      created + index,
    )
    const emails = Array.isArray(search['emails']) ? search['emails'] : []
    for (const email of emails.slice(1)) {
      const value = isObject(email) ? email['value'] : undefined
      if (typeof value !== 'string') continue
      run('insert or ignore into user_emails values (?, ?, ?)', tenantId, value, id)
    }
  })
  world.teams.forEach((team, index) => {
    const search = searchDocument(groupType, { ...team, schemas: schemasOf(groupType, team) })
    run(
      `insert into teams (tenant_id, id, name_key, attributes, search, version, operation,
        member_count, created_at, updated_at) values (?, ?, ?, '{}', ?, 1, '', 0, ?, ?)`,
      tenantId,
      ids[index] ?? '',
      fold(String(search['displayName']).trim()),
      JSON.stringify(search),
      created,
      created + index,
    )
  })
  for (const [userAt, teamAt] of world.memberships) {
    if (!world.users[userAt] || !world.teams[teamAt]) continue
    run('insert into memberships values (?, ?, ?)', tenantId, ids[teamAt] ?? '', ids[userAt] ?? '')
  }
}

function query(type: ResourceType, filter: Filter, tenantId: number) {
  const table = sql.identifier(type.name === 'User' ? 'users' : 'teams')
  const condition: SQL = filterSql(type, filter, tenantId)
  return dialect.sqlToQuery(
    sql`select ${table}.id from ${table} where ${table}.tenant_id = ${tenantId} and (${condition})`,
  )
}

function select(
  database: DatabaseSync,
  type: ResourceType,
  filter: Filter,
  tenantId: number,
): string[] {
  const { sql: statement, params } = query(type, filter, tenantId)
  const rows = database.prepare(statement).all(...(params as (string | number)[]))
  return rows.map((row) => String(row['id'])).toSorted()
}

function matching(type: ResourceType, filter: Filter, all: readonly JsonObject[]): string[] {
  return all
    .filter((resource) => matches(filter, searchDocument(type, resource)))
    .map((resource) => String(resource['id']))
    .toSorted()
}

/** How SQLite finds the rows: all of them, or a page of them in their order. */
function plan(database: DatabaseSync, type: ResourceType, text: string, order: string): string {
  const { sql: statement, params } = query(type, parsed(type, text), 1)
  return database
    .prepare(`explain query plan ${statement} ${order}`)
    .all(...(params as (string | number)[]))
    .map((row) => String(row['detail']))
    .join('\n')
}

function parsed(type: ResourceType, text: string): Filter {
  const filter = parseFilter(startReading(type), text)
  if (!filter.ok) throw new Error(JSON.stringify(filter.error))
  return filter.value
}

describe('a filter in SQL and in memory', () => {
  it('finds the same resources', () => {
    const database = openDatabase()
    let tenantId = 0
    let found = 0
    let asked = 0
    const property = fc.property(
      worlds,
      fc.array(filters(everyKind), { minLength: 20, maxLength: 30 }),
      fc.array(filters(groupType), { minLength: 10, maxLength: 15 }),
      (world, ofUsers, ofTeams) => {
        tenantId += 1
        insert(database, tenantId, world)
        const everybody = completeUsers(world)
        const everyTeam = completeTeams(world)
        const sides = [
          ...ofUsers.map((filter) => ({ type: everyKind, all: everybody, filter })),
          ...ofTeams.map((filter) => ({ type: groupType, all: everyTeam, filter })),
        ]
        for (const { type, all, filter } of sides) {
          const expected = matching(type, filter, all)
          expect(select(database, type, filter, tenantId), formatFilter(filter)).toEqual(expected)
          if (expected.length > 0 && expected.length < all.length) found += 1
          asked += 1
        }
      },
    )
    fc.assert(property, { numRuns: 150 })
    // Otherwise the filters would be about nothing.
    expect(asked).toBeGreaterThan(4000)
    expect(found / asked).toBeGreaterThan(0.15)
    database.close()
  })

  it('takes entries that say nothing of primary for not primary', () => {
    const database = openDatabase()
    const said = { none: {}, false: { primary: false }, true: { primary: true } }
    const users = [
      ...Object.entries(said).map(([userName, mark]) => ({
        userName,
        emails: [{ value: `${userName}@example.com`, ...mark }],
      })),
      { userName: 'without' },
    ]
    const world: World = { users, teams: [], memberships: [] }
    insert(database, 1, world)
    const everybody = completeUsers(world)
    for (const [text, found] of [
      ['emails[primary eq false]', ['1', '2']],
      ['emails.primary eq false', ['1', '2']],
      ['emails[primary ne true]', ['1', '2']],
      ['emails[primary ne false]', ['3']],
      ['emails.primary ne false', ['3']],
      ['emails[primary eq true]', ['3']],
      ['emails[not (primary eq false)]', ['3']],
      ['not (emails[primary eq false])', ['3', '4']],
      ['emails[primary eq "False"]', ['1', '2']],
      ['emails[primary pr]', ['2', '3']],
      ['emails[primary eq null]', ['1']],
      ['active eq false', []],
    ] as const) {
      const filter = parsed(everyKind, text)
      expect([text, matching(everyKind, filter, everybody)]).toEqual([text, found])
      expect([text, select(database, everyKind, filter, 1)]).toEqual([text, found])
    }
    database.close()
  })

  it('finds entries of plain lists by their value, each term in the same entry', () => {
    const database = openDatabase()
    const tags = (...strings: string[]) => ({
      [everyKindUrn]: { strings, integers: strings.map(({ length }) => length) },
    })
    const users = [
      { userName: 'a', ...tags('red', 'blue') },
      { userName: 'b', ...tags('rue') },
      { userName: 'c' },
    ]
    const world: World = { users, teams: [], memberships: [] }
    insert(database, 1, world)
    const everybody = completeUsers(world)
    for (const [text, found] of [
      ['strings[value eq "RED"]', ['1']],
      ['strings[VALUE sw "r" and value ew "ue"]', ['2']],
      ['strings[not (value eq "red")]', ['1', '2']],
      ['strings[value ne "rue"]', ['1']],
      ['strings[value pr]', ['1', '2']],
      ['strings[value eq null]', []],
      ['integers[value gt 3]', ['1']],
      ['strings[value eq "red"].value ew "d"', ['1']],
      [`schemas[value eq "${everyKindUrn}"]`, ['1', '2']],
    ] as const) {
      const filter = parsed(everyKind, text)
      expect([text, matching(everyKind, filter, everybody)]).toEqual([text, found])
      expect([text, select(database, everyKind, filter, 1)]).toEqual([text, found])
    }
    database.close()
  })

  it('tells names of teams apart by the blanks around them', () => {
    const database = openDatabase()
    const names = ['Sales', ' sales', '\u00a0SALES ', 'Sales Wien']
    names.forEach((displayName, index) => {
      insert(database, index, { users: [], teams: [{ displayName }], memberships: [] })
      for (const name of names) {
        const filter = parsed(groupType, `displayName eq ${JSON.stringify(name)}`)
        expect(select(database, groupType, filter, index)).toEqual(
          name === displayName ? ['1'] : [],
        )
      }
    })
    database.close()
  })

  it('reads back as the same tree', () => {
    for (const type of [everyKind, groupType]) {
      fc.assert(
        fc.property(filters(type), (filter) => {
          const text = formatFilter(filter)
          fc.pre(text.length <= 4096)
          expect(parseFilter(startReading(type), text), text).toMatchObject({
            ok: true,
            value: filter,
          })
        }),
        { numRuns: 2000 },
      )
    }
  })
})

describe.each([
  ['a count', ''],
  ['a page', 'order by position limit 100 offset 0'],
])('the plan of %s', (_, order) => {
  const database = openDatabase()
  const wholeTenant = /SCAN (users|teams|found|membership)|\(tenant_id=\?\)/

  it.each([
    ['id eq "1"', 'users_id (tenant_id=? AND id=?)'],
    ['userName eq "ann"', 'users_user_name (tenant_id=? AND user_name=?)'],
    ['externalId eq "7"', 'users_external_id (tenant_id=? AND external_id=?)'],
    ['displayName eq "Ann"', 'users_display_name (tenant_id=? AND display_name=?)'],
    ['emails eq "a@example.com"', 'further USING PRIMARY KEY (tenant_id=? AND value=?)'],
    ['emails eq "a@example.com"', 'users_first_email (tenant_id=? AND first_email=?)'],
    ['emails.value eq "a@example.com"', 'further USING PRIMARY KEY (tenant_id=? AND value=?)'],
    ['emails[type eq "work" and value eq "a"]', 'further USING PRIMARY KEY'],
    ['emails[type eq "work"].value eq "a"', 'further USING PRIMARY KEY'],
    ['emails.work.value eq "a"', 'further USING PRIMARY KEY'],
    ['active eq true and emails eq "a"', 'further USING PRIMARY KEY'],
    ['groups eq "1"', 'membership USING PRIMARY KEY (tenant_id=? AND team_id=?)'],
    ['groups[value eq "1" and type eq "direct"]', 'membership USING PRIMARY KEY'],
    ['userName eq "ann" and active eq true', 'users_user_name (tenant_id=? AND user_name=?)'],
    ['userName eq "ann" and emails eq "a"', 'users_user_name (tenant_id=? AND user_name=?)'],
    ['id eq "1" and manager eq "2"', 'users_id (tenant_id=? AND id=?)'],
  ])('of users with %s goes by an index', (text, index) => {
    const steps = plan(database, userType, text, order)
    expect(steps).toContain(index)
    expect(steps).not.toMatch(wholeTenant)
  })

  it.each([
    ['id eq "1"', 'teams_id (tenant_id=? AND id=?)'],
    ['displayName eq "Sales"', 'teams_name (tenant_id=? AND name_key=?)'],
    ['externalId eq "7"', 'teams_external_id (tenant_id=? AND external_id=?)'],
    ['members eq "1"', 'memberships_user (tenant_id=? AND user_id=?)'],
    ['members[value eq "1"]', 'memberships_user (tenant_id=? AND user_id=?)'],
    ['id eq "1" and members eq "2"', 'teams_id (tenant_id=? AND id=?)'],
  ])('of teams with %s goes by an index', (text, index) => {
    const steps = plan(database, groupType, text, order)
    expect(steps).toContain(index)
    expect(steps).not.toMatch(wholeTenant)
  })
})

const times = (count: number, term: string, word = 'or') =>
  Array.from({ length: count }, () => term).join(` ${word} `)
const denied = (levels: number, text: string) =>
  `${'not ('.repeat(levels)}${text}${')'.repeat(levels)}`
/** Levels of both words by turns, so that nothing can be flattened. */
const ladder = (levels: number, term: string) =>
  Array.from({ length: levels }).reduce<string>(
    (inner, _, level) => `${term} ${level % 2 ? 'and' : 'or'} not (${inner})`,
    term,
  )

describe('a filter of the greatest size', () => {
  const database = openDatabase()

  it.each([
    ['users', times(50, 'emails eq "a"')],
    ['users', times(50, 'name.familyName sw "a"', 'and')],
    ['users', times(50, 'groups ne "a"')],
    ['users', times(50, 'groups.display ew "a"')],
    ['users', times(50, 'addresses pr')],
    ['users', times(25, 'emails[type eq "work" and value eq "a"]')],
    ['users', denied(20, times(50, 'addresses pr', 'and'))],
    ['users', denied(18, `emails[not (${times(50, 'value ne "a"')})]`)],
    ['users', denied(18, `addresses[not (${times(50, 'locality ne "a"')})]`)],
    ['users', ladder(19, 'emails[value ne "a" and type eq "b"]')],
    ['users', ladder(20, 'groups.display ne "a"')],
    ['teams', times(50, 'displayName eq "a"')],
    ['teams', times(50, 'displayName eq " a"')],
    ['teams', times(50, 'meta.resourceType eq "Group"')],
    ['teams', times(25, 'members[type eq "User" and value eq "a"]')],
  ])('of %s stays within the limits of the platform: %#', (name, text) => {
    const type = name === 'users' ? userType : groupType
    const filter = parsed(type, text)
    // A page binds a few values more: tenant, count and offset.
    expect(query(type, filter, 1).params.length).toBeLessThanOrEqual(95)
    expect(select(database, type, filter, 1)).toEqual([])
  })

  it('is refused by this database beyond those limits', () => {
    const deep = `select ${'('.repeat(10)}${times(101, '1', '+')}${')'.repeat(10)}`
    expect(() => database.prepare(deep)).toThrow(/depth/)
  })
})
