/**
 * Protected people: the protection is that of the person, whatever the name. A name that nobody has
 * waits for whoever has it next.
 */
import { sql, type SQL } from 'drizzle-orm'
import { protectedPeople } from '../../database/schema/guard'
import { columns, command, tenant, type Statement } from '../../database/statement'
import type { Credential } from '../../tokens/credential'

/** True for a tenant that protects people, or names that wait for somebody. */
export function protects({ settings }: Credential): boolean {
  return settings.guard.protected.length > 0
}

/** People who may have a new name, as rows: `rows` stand after `from`. */
interface Named {
  readonly rows: SQL
  readonly id: SQL
  readonly name: SQL
  readonly nameKey: SQL
  /** Condition that the person has that name now. */
  readonly isDone: SQL
}

/** Statements that let protected people keep their protection under a new name, and bind names that wait. */
export function bindProtected({ rows, id, name, nameKey, isDone }: Named): readonly Statement[] {
  const isPerson = sql`${protectedPeople.tenantId} = ${tenant} and ${protectedPeople.userId} = ${id}`
  const isWaiting = sql`${protectedPeople.tenantId} = ${tenant}
    and ${protectedPeople.userId} = '' and ${protectedPeople.nameKey} = ${nameKey}`
  const key = columns(protectedPeople.nameKey, protectedPeople.userId)
  return [
    () => sql`
      update or replace ${protectedPeople} set
        (${columns(protectedPeople.nameKey, protectedPeople.name)}) = (
          select ${nameKey}, ${name} from ${rows} where ${id} = ${protectedPeople.userId})
      where ${protectedPeople.tenantId} = ${tenant} and exists (
        select 1 from ${rows} where ${isPerson} and ${isDone})`,
    () => sql`
      update or replace ${protectedPeople} set (${key}) = (
        select ${nameKey}, ${id} from ${rows} where ${nameKey} = ${protectedPeople.nameKey})
      where ${protectedPeople.tenantId} = ${tenant} and ${protectedPeople.userId} = ''
        and exists (select 1 from ${rows} where ${isWaiting} and ${isDone})`,
  ].map(command)
}
