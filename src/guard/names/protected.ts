/**
 * Protected people: the protection is that of the person, whatever the name. A name that nobody has
 * in the directory protects whoever has it next, also while the one from before is still protected:
 * somebody whose deletion is held, or whose name Entra has made unusable.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { users } from '../../database/schema/directory'
import { protectedPeople } from '../../database/schema/guard'
import { columns, command, tenant, type Statement } from '../../database/statement'
import type { Credential } from '../../tokens/credential'

/** True for a tenant that protects people, or names that wait for somebody. */
export function protects({ settings }: Credential): boolean {
  return settings.guard.protected.length > 0
}

const owner = alias(users, 'owner')

/** Id of whoever has a folded name in the directory; NULL for nobody. */
export function ownerOf(nameKey: SQLWrapper): SQL {
  return sql`(select ${owner.id} from ${users} as ${owner}
    where ${owner.tenantId} = ${tenant} and ${owner.userName} = ${nameKey})`
}

/** Ends the entries of people who are gone: the name is that of whoever has it since, or waits. */
export function unbindProtected(isGone: SQL): SQL {
  return sql`update or replace ${protectedPeople} set ${columns(protectedPeople.userId)} =
      coalesce(${ownerOf(protectedPeople.nameKey)}, '')
    where ${protectedPeople.tenantId} = ${tenant} and ${isGone}`
}

/** People who may have a new name, as rows: `rows` stand after `from`. */
interface Named {
  readonly rows: SQL
  readonly id: SQL
  /** Name under which the person is listed if protected; as it is shown, and folded. */
  readonly name: SQL
  readonly nameKey: SQL
  /** Folded name in the directory. */
  readonly ownKey: SQL
  /** Condition that the person has that name now. */
  readonly isDone: SQL
}

/**
 * Statements that let protected people keep their protection under a new name, and then protect
 * whoever has a name that is listed and nobody had.
 */
export function bindProtected({
  rows,
  id,
  name,
  nameKey,
  ownKey,
  isDone,
}: Named): readonly Statement[] {
  return [
    () => sql`
      update or replace ${protectedPeople} set
        (${columns(protectedPeople.nameKey, protectedPeople.name)}) = (
          select ${nameKey}, ${name} from ${rows} where ${id} = ${protectedPeople.userId})
      where ${protectedPeople.tenantId} = ${tenant} and exists (
        select 1 from ${rows} where ${protectedPeople.userId} = ${id} and ${isDone})`,
    () => sql`
      insert or ignore into ${protectedPeople} (${columns(
        protectedPeople.tenantId,
        protectedPeople.nameKey,
        protectedPeople.userId,
        protectedPeople.name,
      )})
      select ${tenant}, ${ownKey}, ${id}, ${name} from ${rows} where ${isDone} and exists (
        select 1 from ${protectedPeople}
        where ${protectedPeople.tenantId} = ${tenant} and ${protectedPeople.nameKey} = ${ownKey})`,
    () => sql`
      delete from ${protectedPeople} where ${protectedPeople.tenantId} = ${tenant}
        and ${protectedPeople.userId} = '' and exists (
          select 1 from ${rows} where ${protectedPeople.nameKey} = ${ownKey} and ${isDone})`,
  ].map(command)
}
