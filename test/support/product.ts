/**
 * The application's side as a product would have it: tables in a SQLite of its own, with unique names
 * and foreign keys, to which each event is applied in a transaction.
 */
import { runInDurableObject } from 'cloudflare:test'
import { wireEvent } from '../../src/events/wire'
import { readEvents } from '../../src/events/log'
import { fold } from '../../src/scim/filter/match'
import { bindings } from './gateway'
import { changed, type View } from './released'

const tables = [
  `create table if not exists people (
     id text primary key, name text not null unique, document text not null)`,
  `create table if not exists teams (
     id text primary key, name text not null unique, document text not null)`,
  `create table if not exists members (
     team_id text not null references teams (id), user_id text not null references people (id),
     name text, primary key (team_id, user_id))`,
]

export class Product {
  /** Ids of the people whom events of holds have named. */
  readonly named = new Set<string>()
  #seq = 0
  readonly #stub: DurableObjectStub
  readonly #tenantId: number

  constructor(tenantId: number) {
    this.#tenantId = tenantId
    this.#stub = bindings.TEAM.getByName(`product ${crypto.randomUUID()}`) as never
  }

  /** Takes over every event that is new; throws for one that cannot be applied. */
  async follow(): Promise<void> {
    const read = await readEvents(bindings.DB, this.#tenantId, this.#seq, 1_000)
    if (!read.ok) throw new Error(JSON.stringify(read.error))
    // Through JSON, as on the wire.
    const events = JSON.parse(JSON.stringify(read.value.map(wireEvent)))
    for (const { seq } of events) {
      if (seq !== this.#seq + 1) throw new Error(`Event ${seq} after ${this.#seq}`)
      this.#seq = seq
    }
    for (const { type, resource } of events) {
      if (!type.startsWith('hold.')) continue
      for (const { id } of resource.who) this.named.add(id)
    }
    await this.#withTables((storage) => {
      for (const event of events) {
        try {
          storage.transactionSync(() => apply(storage.sql, event))
        } catch (error) {
          throw new Error(`${String(error)}: ${JSON.stringify(event)}`, { cause: error })
        }
      }
    })
  }

  /** What is in the tables. */
  view(): Promise<View> {
    return this.#withTables(({ sql }) => {
      const documents = (table: string) =>
        Object.fromEntries(
          [...sql.exec(`select id, document from ${table}`)].map(({ id, document }) => [
            id,
            JSON.parse(String(document)),
          ]),
        )
      const members = [...sql.exec('select team_id, user_id from members')]
      return {
        users: documents('people'),
        teams: documents('teams'),
        members: members.map((row) => `${row['team_id']}/${row['user_id']}`).sort(),
      }
    })
  }

  #withTables<T>(work: (storage: DurableObjectStorage) => T): Promise<T> {
    return runInDurableObject(this.#stub, (_: unknown, { storage }: DurableObjectState) => {
      for (const table of tables) storage.sql.exec(table)
      return work(storage)
    })
  }
}

function apply(sql: SqlStorage, event: any): void {
  const { type, resource, changes, member } = event
  const { id, ...attributes } = resource
  const isPerson = type.startsWith('user.')
  const table = isPerson ? 'people' : 'teams'
  const nameOf = (document: any) =>
    isPerson ? fold(document.userName) : fold(document.displayName.trim())
  switch (type) {
    case 'user.created':
    case 'team.created':
      sql.exec(
        `insert into ${table} values (?, ?, ?)`,
        id,
        nameOf(attributes),
        JSON.stringify(attributes),
      )
      return
    case 'user.updated':
    case 'user.deactivated':
    case 'user.reactivated':
    case 'team.renamed':
    case 'team.updated': {
      const [row] = [...sql.exec(`select document from ${table} where id = ?`, id)]
      if (!row) throw new Error('Nobody knows it')
      const document = changed(JSON.parse(String(row['document'])), changes, (fits) => {
        if (!fits) throw new Error('Another value before the change')
      })
      const text = JSON.stringify(document)
      sql.exec(
        `update ${table} set name = ?, document = ? where id = ?`,
        nameOf(document),
        text,
        id,
      )
      return
    }
    case 'user.deleted':
    case 'team.deleted': {
      const [row] = [...sql.exec(`delete from ${table} where id = ? returning name`, id)]
      if (row?.['name'] !== nameOf(attributes)) throw new Error('Another name than the known one')
      return
    }
    case 'team.member_added':
      sql.exec('insert into members values (?, ?, ?)', id, member.id, member.userName)
      expectNames(sql, event)
      return
    case 'team.member_removed': {
      expectNames(sql, event)
      const rows = [
        ...sql.exec(
          'delete from members where team_id = ? and user_id = ? returning name',
          id,
          member.id,
        ),
      ]
      if (rows.length !== 1) throw new Error('Nobody is in it')
      return
    }
    case 'hold.opened':
    case 'hold.released':
    case 'hold.discarded':
    case 'hold.undone':
      return
    default:
      throw new Error('Nobody knows this type')
  }
}

/** An event of a membership names team and person as the product knows them. */
function expectNames(sql: SqlStorage, { resource, member }: any): void {
  const [team] = [...sql.exec('select name from teams where id = ?', resource.id)]
  const [person] = [...sql.exec('select name from people where id = ?', member.id)]
  const isTeam = team?.['name'] === fold(resource.displayName.trim())
  if (!isTeam || person?.['name'] !== fold(member.userName)) throw new Error('Other names')
}
