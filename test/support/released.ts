/** Views of the application: by replaying the events, and by reading what is released. */
import {
  listReleasedMembers,
  listReleasedTeams,
  listReleasedUsers,
  type Released,
} from '../../src/application/released'
import type { EventRow } from './gateway'

export interface View {
  readonly users: Record<string, any>
  readonly teams: Record<string, any>
  /** `team/user`, sorted. */
  readonly members: readonly string[]
}

/** Follows the events from the first one; throws where one does not fit to what came before. */
export function replay(events: readonly EventRow[]): View {
  const users = new Map<string, any>()
  const teams = new Map<string, any>()
  const members = new Set<string>()
  const resources = new Map<string, any>()
  const expectThat = (condition: boolean, event: EventRow) => {
    if (!condition) throw new Error(`Does not fit: ${JSON.stringify(event)}`)
  }
  events.forEach((event, index) => {
    const { seq, type, resource_id: id, member_id: member, resource, changes } = event
    expectThat(seq === index + 1, event)
    const { id: own, ...attributes } = resource
    expectThat(own === id, event)
    const known = type.startsWith('user.') ? users : teams
    const key = `${id}/${member}`
    switch (type) {
      case 'user.created':
      case 'team.created':
        expectThat(!known.has(id), event)
        known.set(id, attributes)
        break
      case 'user.updated':
      case 'user.deactivated':
      case 'user.reactivated':
      case 'team.renamed':
      case 'team.updated':
        expectThat(known.has(id), event)
        // Two events of one change both show the resource after it; each tells its own part.
        known.set(
          id,
          changed(known.get(id), changes, (fits) => expectThat(fits, event)),
        )
        resources.set(id, attributes)
        break
      case 'user.deleted':
      case 'team.deleted':
        expectThat(known.delete(id), event)
        expectThat(![...members].some((one) => one.includes(id)), event)
        break
      case 'team.member_added':
        expectThat(teams.has(id) && users.has(String(member)) && !members.has(key), event)
        members.add(key)
        break
      case 'team.member_removed':
        expectThat(members.delete(key), event)
        break
      case 'hold.opened':
      case 'hold.released':
      case 'hold.discarded':
      case 'hold.undone':
        break
      default:
        throw new Error(`Unknown event ${type}`)
    }
  })
  for (const [id, resource] of resources) {
    const known = users.get(id) ?? teams.get(id)
    if (known && sorted(known) !== sorted(resource)) {
      throw new Error(`Another resource than its changes tell: ${sorted(resource)}`)
    }
  }
  return {
    users: Object.fromEntries(users),
    teams: Object.fromEntries(teams),
    members: [...members].sort(),
  }
}

/** A resource after changes, each of which must fit to what it was. */
export function changed(
  resource: any,
  changes: Record<string, { before: unknown; after: unknown }>,
  expectFit: (fits: boolean) => void,
): any {
  const after = new Map(Object.entries(resource))
  for (const [name, change] of Object.entries(changes)) {
    expectFit(sorted(after.get(name) ?? null) === sorted(change.before))
    if (change.after === null) after.delete(name)
    else after.set(name, change.after)
  }
  return Object.fromEntries(after)
}

/** JSON with its members in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  )
}

/** The directory with what is held laid over it. */
export async function releasedView(database: D1Database, slug: string): Promise<View> {
  const rows = async (table: string) => {
    const { results } = await database
      .prepare(
        `select ${table}.* from ${table} join tenants on tenants.id = ${table}.tenant_id where slug = ?`,
      )
      .bind(slug)
      .all<Record<string, any>>()
    return results
  }
  const [users, teams, memberships, held, ids] = await Promise.all(
    ['users', 'teams', 'memberships', 'held', 'released_ids'].map(rows),
  )
  const released = new Map((ids ?? []).map((row) => [row['user_id'], row['released_id']]))
  const idOf = (id: string): string => released.get(id) ?? id
  const view = {
    users: new Map((users ?? []).map((row) => [idOf(row['id']), JSON.parse(row['attributes'])])),
    teams: new Map((teams ?? []).map((row) => [row['id'], JSON.parse(row['attributes'])])),
    members: new Set((memberships ?? []).map((row) => `${row['team_id']}/${idOf(row['user_id'])}`)),
  }
  for (const row of held ?? []) {
    const key = `${row['team_id']}/${idOf(row['user_id'])}`
    if (row['kind'] === 'member') {
      if (row['change'] === 'add') view.members.delete(key)
      else view.members.add(key)
      continue
    }
    const known = row['kind'] === 'user' ? view.users : view.teams
    const id = row['kind'] === 'user' ? idOf(row['user_id']) : row['team_id']
    if (row['released'] === null) known.delete(id)
    else known.set(id, JSON.parse(row['released']))
  }
  return {
    users: Object.fromEntries(view.users),
    teams: Object.fromEntries(view.teams),
    members: [...view.members].sort(),
  }
}

/** The view that the application reads, in pages. */
export async function applicationView(
  database: D1Database,
  slug: string,
  limit = 3,
): Promise<View> {
  const reader = { kind: 'binding', slug } as const
  const users = await pages(limit, (page) => listReleasedUsers(database, reader, page))
  const teams = await pages(limit, (page) => listReleasedTeams(database, reader, page))
  const members: string[] = []
  for (const { id } of teams) {
    const list = await pages(limit, async (page) => {
      const read = await listReleasedMembers(database, reader, id, page)
      if (!read.ok || !read.value.members) throw new Error(JSON.stringify(read))
      return { ok: true, value: read.value.members }
    })
    members.push(...list.map((member) => `${id}/${member.id}`))
  }
  const byId = (list: readonly { id: string }[]) =>
    Object.fromEntries(list.map(({ id, ...attributes }) => [id, attributes]))
  return { users: byId(users), teams: byId(teams), members: members.sort() }
}

async function pages<T extends { readonly id: string }>(
  limit: number,
  read: (page: {
    after: string
    limit: number
  }) => Promise<{ ok: true; value: Released<T> } | { ok: false; error: unknown }>,
): Promise<T[]> {
  const all: T[] = []
  for (let hasMore = true; hasMore;) {
    const page = await read({ after: all.at(-1)?.id ?? '', limit })
    if (!page.ok) throw new Error(JSON.stringify(page.error))
    all.push(...page.value.entries)
    hasMore = page.value.hasMore
  }
  expectOrder(all.map(({ id }) => id))
  return all
}

function expectOrder(ids: readonly string[]): void {
  const sortedIds = [...new Set(ids)].sort((left, right) => (left < right ? -1 : 1))
  if (sortedIds.join() !== ids.join()) throw new Error(`Not in order: ${ids.join()}`)
}
