/**
 * An application that keeps its own tables of people, teams and memberships in step with a tenant.
 * How far they are is written in the transaction that takes events over: whenever the process is
 * killed, the next one goes on exactly there. Run it with ROLLCALL_URL, ROLLCALL_TENANT and
 * ROLLCALL_KEY set: node examples/application.ts application.db
 */
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { connect, type Answer, type Event, type Team, type User } from '../src/client/client.ts'

const { ROLLCALL_URL: url = '', ROLLCALL_TENANT: tenant = '', ROLLCALL_KEY: key = '' } = process.env
const rollcall = connect({ url, tenant, key })
const tables = new DatabaseSync(process.argv[2] ?? 'application.db')
tables.exec(`
  create table if not exists people (id text primary key, name text, active integer);
  create table if not exists teams (id text primary key, name text);
  create table if not exists memberships (team text, person text, primary key (team, person));
  create table if not exists progress (seq integer not null);`)

const run = (sql: string, ...values: (string | number)[]) => tables.prepare(sql).run(...values)
const put = (table: string, ...values: (string | number)[]) =>
  run(`replace into ${table} values (${values.map(() => '?').join()})`, ...values)
const savePerson = (user: User) => put('people', user.id, user.userName, Number(user.active))
const saveTeam = (team: Team) => put('teams', team.id, team.displayName)

function takeOver(event: Event): unknown {
  const { id } = event.resource
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- there may be new types
  switch (event.type) {
    case 'user.created':
    case 'user.updated':
    case 'user.deactivated':
    case 'user.reactivated':
      return savePerson(event.resource)
    case 'user.deleted':
      return run('delete from people where id = ?', id)
    case 'team.created':
    case 'team.renamed':
    case 'team.updated':
      return saveTeam(event.resource)
    case 'team.deleted':
      return run('delete from teams where id = ?', id)
    case 'team.member_added':
      return put('memberships', id, event.member.id)
    case 'team.member_removed':
      return run('delete from memberships where team = ? and person = ?', id, event.member.id)
    default:
      return undefined
  }
}

function transact(seq: number, work: () => void): void {
  tables.exec('begin immediate; delete from progress')
  work()
  run('insert into progress values (?)', seq)
  tables.exec('commit')
}

/** First the number, then the lists: what changes meanwhile is told again by the events behind it. */
async function begin(): Promise<void> {
  const seq = valueOf(await rollcall.latest())
  const [people, teams]: [User[], Team[]] = [[], []]
  const members: [team: string, person: string][] = []
  for await (const user of rollcall.users()) people.push(valueOf(user))
  for await (const team of rollcall.teams()) teams.push(valueOf(team))
  for (const { id } of teams) {
    for await (const member of rollcall.members(id)) {
      const isGone = !member.ok && member.error.status === 404
      if (!isGone) members.push([id, valueOf(member).id])
    }
  }
  transact(seq, () => {
    tables.exec('delete from people; delete from teams; delete from memberships')
    people.forEach(savePerson)
    teams.forEach(saveTeam)
    for (const pair of members) put('memberships', ...pair)
  })
}

async function follow(after: number): Promise<void> {
  const page = await rollcall.pull({ after, wait: 30, limit: 1_000 })
  if (!page.ok && page.error.status === 410) return begin() // The log lacks what comes next.
  const { events, after: seq } = valueOf(page)
  if (events.length > 0) transact(seq, () => events.forEach(takeOver))
  await rollcall.acknowledge(seq)
}

function valueOf<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(answer.error.reason)
  return answer.value
}

for (;;) {
  const seq = tables.prepare('select seq from progress').get()?.['seq']
  await (seq === undefined ? begin() : follow(Number(seq))).catch(async (error: unknown) => {
    console.error(error)
    await setTimeout(1_000)
  })
}
