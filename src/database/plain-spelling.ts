/** A text of the database in its plain spelling, as `scim/text/spelling.ts` makes it. */
import { sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { curved } from '../scim/text/spelling'

/** The text is folded: a capital sharp s is none of it. */
export function plainSql(text: SQLWrapper): SQL {
  return curved.reduce(
    (plain, one) => sql`replace(${plain}, ${sql.raw(`'${one}'`)}, '''')`,
    sql`replace(${text}, 'ß', 'ss')`,
  )
}
