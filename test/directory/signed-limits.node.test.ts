/** Limits that are bound to a statement, in the SQLite of Node. */
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { signLimits } from '../../src/database/signed-limits'

/** What SQLite looks at while it plans a prepared statement anew, which is carried out with several limits. */
function plannedAnew(text: string): number {
  const database = new DatabaseSync(':memory:')
  database.exec('create table rows (id integer primary key)')
  const statement = database.prepare(text)
  let planned = 0
  database.setAuthorizer(() => {
    planned += 1
    return 0
  })
  // To be watched is a reason to plan it, too.
  statement.all(0, 0)
  planned = 0
  for (const limit of [1, 2, 3]) statement.all(limit, 0)
  return planned
}

it('a statement is planned once, whatever limit is bound to it', () => {
  const text = 'select id from rows limit ?1 offset ?2'
  expect(plannedAnew(signLimits(text))).toBe(0)
  // What SQLite does otherwise.
  expect(plannedAnew(text)).toBeGreaterThan(0)
})
