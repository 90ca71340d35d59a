/**
 * Names that the application sees at somebody other than the directory has them: those in overlay
 * rows. Everybody without a row has the same name on both sides, which the directory keeps unique.
 */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { overlays } from '../../database/schema/guard'
import { command, tenant, type Statement } from '../../database/statement'
import { setPending } from '../overlay'

type Kind = 'user' | 'team'

const seen = alias(overlays, 'seen')

/** Condition that a row is that of another person or team, which the application sees by the name. */
function isHolder(
  row: typeof overlays,
  kind: Kind,
  { key, id }: { readonly key: SQLWrapper; readonly id: SQLWrapper },
): SQL {
  return sql`${row.tenantId} = ${tenant} and ${row.name} = ${key}
    and ${row.kind} = ${sql.raw(`'${kind}'`)}
    and ${kind === 'user' ? row.userId : row.teamId} <> ${id}`
}

/** Condition that the application sees a name, folded, at somebody other than `id`. */
export function isSeenElsewhere(kind: Kind, key: SQLWrapper, id: SQLWrapper): SQL {
  return sql`exists (select 1 from ${overlays} as ${seen}
    where ${isHolder(seen as unknown as typeof overlays, kind, { key, id })})`
}

/** Id of the person at whom the application sees a name, if it is somebody other than `id`. */
export function holderOf(key: SQLWrapper, id: SQLWrapper): SQL<string | null> {
  return sql<string | null>`(select ${seen.userId} from ${overlays} as ${seen}
    where ${isHolder(seen as unknown as typeof overlays, 'user', { key, id })})`
}

/** A team that the application sees by a name that another one takes is pending with that one. */
export function holdSeenName(key: SQLWrapper, id: SQLWrapper): Statement<never> {
  return command(
    () => sql`update ${overlays} set ${setPending}
      where ${isHolder(overlays, 'team', { key, id })} and ${overlays.state} <> 'held'`,
  )
}
