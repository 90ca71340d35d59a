/** The lists of a change of many members, written to a table at the begin of its batch. */
import { eq, sql } from 'drizzle-orm'
import { deleteFrom } from '../database/builder'
import { jsonLists } from '../database/json-lists'
import { columns, command, tenant, value, type BoundStatement } from '../database/statement'
import { namedPeople } from '../database/schema/directory'
import type { Source } from './membership-sets'
import type { MembershipChange } from './membership-change'

/**
 * People whom a change may name as a value of each of its statements. The lists of more would take
 * many megabytes on their way to D1, which takes 2,000,000 bytes for one.
 */
const maximumPeople = 10_000

/** `[[user id, number of the cause], …]`, as JSON texts that D1 takes. */
export function namedLists({ joins, leaves, causeOf }: MembershipChange) {
  const listsOf = (ids: readonly string[]) =>
    jsonLists(ids.map((id) => [id, causeOf?.get(id) ?? 0]))
  return { joins: listsOf(joins), leaves: listsOf(leaves) }
}

/** Source of the people of a change: bound as values, or the table for more than fit. */
export function sourceOf(change: MembershipChange): Source {
  const { joins, leaves } = change
  if (joins.length + leaves.length > maximumPeople) return 'table'
  // Ids are short, but a few thousand of long ones are too much as well.
  const length = (ids: readonly string[]) => ids.reduce((sum, id) => sum + id.length, 0)
  if (length(joins) + length(leaves) < 100_000) return 'values'
  const lists = namedLists(change)
  return lists.joins.length + lists.leaves.length > 2 ? 'table' : 'values'
}

const insertNamed = command(
  () => sql`
  insert or ignore into ${namedPeople} (${columns(
    namedPeople.tenantId,
    namedPeople.list,
    namedPeople.userId,
    namedPeople.cause,
  )}) select ${tenant}, ${value('list')}, named.value ->> 0, named.value ->> 1
  from json_each(${value('people')}) as named`,
)

const deleteNamed = command(() => deleteFrom(namedPeople).where(eq(namedPeople.tenantId, tenant)))

/** Statements before and after all others of a batch whose people are in the table. */
export function nameInTable(
  database: D1Database,
  tenantId: number,
  change: MembershipChange,
): Readonly<Record<'before' | 'after', readonly BoundStatement<never>[]>> {
  const insert = (list: string) => (people: string) =>
    insertNamed(database, { tenantId, list, people })
  const { joins, leaves } = namedLists(change)
  return {
    before: [...joins.map(insert('joins')), ...leaves.map(insert('leaves'))],
    after: [deleteNamed(database, { tenantId })],
  }
}
