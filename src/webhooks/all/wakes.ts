/**
 * Names of the deliveries that every tenant's events wake. Each database has them in the row of its
 * feed, and cached credentials copy them from there with the tenant's own endpoints, so that a request
 * asks nobody: a change of the list makes every credential be read again.
 */
import { sql } from 'drizzle-orm'
import { demandDone, readBatch, runBatch, type Refusal } from '../../database/batch'
import { select, update } from '../../database/builder'
import { eachDatabase, type Databases } from '../../database/placement'
import { feeds } from '../../database/schema/feed'
import { tenants } from '../../database/schema/tenants'
import { feedWebhooks } from '../../database/schema/webhooks'
import { command, query, value, type BoundStatement } from '../../database/statement'
import { ok, type Result } from '../../result'

const prefix = 'all/'

/** The name under which the delivery of an endpoint of all tenants is woken. */
export function wakeName(id: string): string {
  return `${prefix}${id}`
}

/** The id of an endpoint of all tenants; undefined for the name of another delivery. */
export function idOfWake(name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined
}

const activeNow = sql`(select nullif(json_group_array(${prefix} || active.id), '[]') from (
  select ${feedWebhooks.id} as id from ${feedWebhooks}
  where ${feedWebhooks.state} = 'active' order by ${feedWebhooks.id}) as active)`

function changingTo(wakes: typeof activeNow) {
  return [
    command(() =>
      update(tenants)
        .set({ revision: sql`${tenants.revision} + 1` })
        .where(sql`exists (select 1 from ${feeds} where ${feeds.wakes} is not ${wakes})`),
    ),
    command(() =>
      update(feeds)
        .set({ wakes })
        .where(sql`${feeds.wakes} is not ${wakes}`),
    ),
  ] as const
}

const inMain = changingTo(activeNow)
const elsewhere = changingTo(sql`${value('wakes')}`)

/** Statements for the main database, in the batch that changes an endpoint. Write only what differs. */
export function wakeStatements(main: D1Database): BoundStatement<never>[] {
  return inMain.map((statement) => statement(main, {}))
}

const selectWakes = query({ wakes: sql<string | null>`${feeds.wakes}` }, (fields) =>
  select(fields).from(feeds),
)

/** Tells the further databases; the sweep repeats it, as a database may not answer. */
export async function tellDatabases(environment: Databases): Promise<Result<unknown, Refusal>> {
  const [, ...others] = eachDatabase(environment)
  if (others.length === 0) return ok(undefined)
  const read = await readBatch(environment.DB, [selectWakes(environment.DB, {})])
  if (!read.ok) return read
  const wakes = read.value[0][0]?.wakes ?? null
  const told = await Promise.all(
    others.map(({ DB }) =>
      runBatch(
        DB,
        elsewhere.map((statement) => statement(DB, { wakes })),
      ),
    ),
  )
  return told.find(({ ok: isDone }) => !isDone) ?? ok(undefined)
}

/** The same for a job: the list of the main database is made anew, and told to the others. */
export async function repeatWakes(environment: Databases): Promise<void> {
  demandDone(await runBatch(environment.DB, wakeStatements(environment.DB)))
  demandDone(await tellDatabases(environment))
}
