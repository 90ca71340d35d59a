/**
 * Agreement of all that a tenant has in D1: rows, counts, versions, and the directory that its
 * events describe when they are replayed from the first one. For tenants whose log is complete.
 */

type Row = Readonly<Record<string, any>>

/** The part of D1 that is used here, as the Worker's binding and Miniflare's both have it. */
export interface Tables {
  prepare(text: string): {
    bind(...values: unknown[]): { all(): Promise<{ readonly results: Row[] }> }
  }
}

export interface Contents {
  readonly tenant: Row
  readonly users: readonly Row[]
  readonly emails: readonly Row[]
  readonly teams: readonly Row[]
  readonly memberships: readonly Row[]
  readonly events: readonly Row[]
}

/** Reads all rows of a tenant, in a fixed order. */
export async function readContents(database: Tables, slug: string): Promise<Contents> {
  const [tenant] = await rowsOf(database, 'select * from tenants where slug = ?', slug)
  if (!tenant) throw new Error(`There is no tenant ${slug}`)
  const select = (table: string, order: string) =>
    rowsOf(database, `select * from ${table} where tenant_id = ? order by ${order}`, tenant['id'])
  return {
    tenant,
    users: await select('users', 'position'),
    emails: await select('user_emails', 'value, user_id'),
    teams: await select('teams', 'position'),
    memberships: await select('memberships', 'team_id, user_id'),
    events: await select('events', 'seq'),
  }
}

async function rowsOf(database: Tables, text: string, value: unknown): Promise<Row[]> {
  return (await database.prepare(text).bind(value).all()).results
}

/** One sentence for each thing that does not agree. */
export function disagreements(contents: Contents): string[] {
  const found: string[] = []
  const claim = (holds: boolean, sentence: string) => {
    if (!holds) found.push(sentence)
  }
  checkRows(contents, claim)
  const told = replay(contents.events, claim)
  checkDirectory(contents, told, claim)
  checkVersions(contents, claim)
  return found
}

type Claim = (holds: boolean, sentence: string) => void

function checkRows({ tenant, users, emails, teams, memberships }: Contents, claim: Claim): void {
  claim(
    tenant['user_count'] === users.length,
    `The tenant counts ${tenant['user_count']} users and has ${users.length}`,
  )
  claim(
    tenant['team_count'] === teams.length,
    `The tenant counts ${tenant['team_count']} teams and has ${teams.length}`,
  )
  const ids = new Set(users.map(({ id }) => id))
  const wanted = users.flatMap(({ id, search }) => {
    const further: Row[] = (JSON.parse(search).emails ?? []).slice(1)
    const values: string[] = further.map(({ value }) => value)
    return [...new Set(values.filter((value) => typeof value === 'string'))].map(
      (value) => `${value} ${id}`,
    )
  })
  const present = emails.map(({ value, user_id }) => `${value} ${user_id}`)
  claim(
    isSame(wanted.toSorted(), present.toSorted()),
    'The further e-mail addresses are not those of the users',
  )
  for (const team of teams) {
    const rows = memberships.filter(({ team_id }) => team_id === team['id'])
    claim(
      team['member_count'] === rows.length,
      `The team ${team['id']} counts ${team['member_count']} members and has ${rows.length}`,
    )
  }
  for (const { user_id, team_id } of memberships) {
    claim(ids.has(user_id), `The member ${user_id} is no user`)
    claim(
      teams.some(({ id }) => id === team_id),
      `The team ${team_id} of a member is none`,
    )
  }
}

interface Told {
  readonly users: Map<string, Row>
  readonly teams: Map<string, Row>
  /** `team user` of each membership. */
  readonly members: Set<string>
}

/** The directory as somebody knows it who has seen nothing but the events. */
export function replay(events: readonly Row[], claim: Claim = () => undefined): Told {
  const told: Told = { users: new Map(), teams: new Map(), members: new Set() }
  events.forEach((event, index) => {
    claim(event['seq'] === index + 1, `The event ${index + 1} has the number ${event['seq']}`)
    const problem = tell(told, event)
    claim(problem === undefined, `Event ${event['seq']} (${event['type']}): ${problem}`)
  })
  return told
}

/** Takes one event in; answers why it can't be true. */
function tell({ users, teams, members }: Told, event: Row): string | undefined {
  const { type, resource_id: id, member_id: memberId } = event
  const { id: shownId, ...attributes } = JSON.parse(event['resource'])
  if (shownId !== id) return `shows ${shownId}, and is about ${id}`
  const list = String(type).startsWith('user.') ? users : teams
  const isNew = type === 'user.created' || type === 'team.created'
  if (list.has(id) === isNew) return isNew ? 'there is one already' : 'there is none'
  const key = `${id} ${memberId}`
  switch (type) {
    case 'team.member_added':
      if (!users.has(memberId)) return 'the member is no user'
      if (members.has(key)) return 'the member is in already'
      members.add(key)
      return undefined
    case 'team.member_removed':
      return members.delete(key) ? undefined : 'the member is not in'
    case 'user.deleted':
    case 'team.deleted': {
      const isLeft = [...members].some((pair) => pair.split(' ').includes(id))
      list.delete(id)
      return isLeft ? 'there are memberships left' : undefined
    }
    default:
      list.set(id, attributes)
      return isNew ? undefined : contradiction(type, attributes, JSON.parse(event['changes']))
  }
}

/** The contradiction between the changes of an event and the resource that it shows, if any. */
function contradiction(type: string, after: Row, changes: Row): string | undefined {
  const names = Object.keys(changes)
  if (names.length === 0) return 'nothing changes'
  if (type === 'user.deactivated' && after['active'] !== false) return 'the user is active'
  if (type === 'user.reactivated' && after['active'] === false) return 'the user is not active'
  const wrong = names.find((name) => !isSame(changes[name].after ?? null, valueAt(after, name)))
  return wrong === undefined ? undefined : `${wrong} is another afterwards`
}

/**
 * The value that changes call `name`: `urn:…:name` is one of an extension. An undeclared extension
 * may be a plain value before and an object after, and the URN of one may begin that of another;
 * the name of the extension alone then stands for the plain value.
 */
function valueAt(resource: Row, name: string): unknown {
  const named = Object.entries(resource).flatMap(([key, value]): [string, unknown][] =>
    /^urn:[a-z0-9][a-z0-9-]*:/i.test(key) && isRecord(value)
      ? Object.entries(value).map(([inner, item]) => [`${key}:${inner}`, item])
      : [[key, value]],
  )
  return new Map(named).get(name) ?? null
}

function isRecord(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkDirectory({ users, teams, memberships }: Contents, told: Told, claim: Claim): void {
  for (const [name, rows, list] of [
    ['user', users, told.users],
    ['team', teams, told.teams],
  ] as const) {
    claim(
      rows.length === list.size,
      `Events tell of ${list.size} ${name}s, and there are ${rows.length}`,
    )
    for (const { id, attributes } of rows) {
      claim(
        isSame(JSON.parse(attributes), list.get(id) ?? null),
        `The ${name} ${id} is not what events tell: ${attributes} ${JSON.stringify(list.get(id))}`,
      )
    }
  }
  const present = memberships.map(({ team_id, user_id }) => `${team_id} ${user_id}`)
  claim(
    isSame(present.toSorted(), [...told.members].toSorted()),
    'The memberships are not what events tell',
  )
}

/**
 * Each change moves the version by one and writes one event or more, but none of one type twice
 * (members aside), and changes of members that waited together are one. So the version lies between
 * what the events can't be fewer changes than, and their number.
 */
function checkVersions({ users, teams, events }: Contents, claim: Claim): void {
  for (const { id, version } of [...users, ...teams]) {
    const own = events.filter(({ resource_id }) => resource_id === id)
    const others = own.filter(({ member_id }) => member_id === null)
    const requests = Map.groupBy(others, ({ cause }) => JSON.parse(cause).requestId)
    const least = [...requests.values()].reduce((sum, list) => sum + leastChanges(list), 0)
    claim(
      version >= least && version <= own.length,
      `${id} has version ${version} after ${own.length} events of ${least} changes`,
    )
  }
}

/** The least number of changes behind the events of one request. */
function leastChanges(list: readonly Row[]): number {
  const types = Map.groupBy(list, ({ type }) => type)
  return Math.max(...Array.from(types.values(), ({ length }) => length))
}

function isSame(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
