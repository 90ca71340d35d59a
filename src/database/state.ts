/** What a database says of itself: its migrations, its clock, and where it answers from. */
import { asc, sql } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { within } from '../time'

import { select } from './builder'
import { fieldList, type RawRow } from './field'
import { query, type BoundStatement } from './statement'

/** The table that wrangler keeps of applied migrations; no migration makes it. */
const appliedMigrations = sqliteTable('d1_migrations', {
  id: integer('id').primaryKey(),
  name: text('name').notNull(),
})

export interface DatabaseState {
  /** Files of the migrations that were applied, in their order; null when none can be read. */
  readonly migrations: readonly string[] | null
  /** Milliseconds by which D1's clock is ahead of the Worker's; null when D1 did not answer. */
  readonly clockAhead: number | null
  /** Where the answer came from, for example `WEUR`; null when the platform does not say. */
  readonly region: string | null
}

/** Milliseconds. */
const patience = 5_000

const selectApplied = query({ name: appliedMigrations.name }, (fields) =>
  select(fields).from(appliedMigrations).orderBy(asc(appliedMigrations.id)),
)

const selectClock = query(
  { now: sql<number>`unixepoch('subsec') * 1000` },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** Asks a database; what it does not answer within five seconds is null. */
export async function readState(database: D1Database): Promise<DatabaseState> {
  const begun = Date.now()
  const clock = await ask(() => selectClock(database, {}))
  const middle = (begun + Date.now()) / 2
  const applied = await ask(() => selectApplied(database, {}))
  const now = clock?.rows[0]?.now
  return {
    migrations: applied ? applied.rows.map(({ name }) => name) : null,
    clockAhead: now === undefined ? null : Math.round(now - middle),
    region: clock?.region ?? null,
  }
}

async function ask<Row>(
  bind: () => BoundStatement<Row>,
): Promise<{ readonly rows: readonly Row[]; readonly region: string | undefined } | undefined> {
  try {
    const { prepared, read } = bind()
    const answer = await within(patience, prepared.all<RawRow>())
    return answer && { rows: answer.results.map(read), region: answer.meta.served_by_region }
  } catch {
    return undefined
  }
}
