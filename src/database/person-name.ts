/** The name of a person for people to read, in SQL. */
import { sql, type SQL } from 'drizzle-orm'

/** The display name, else given and family name as far as they are there; NULL for a person without any. */
export function personName(attributes: SQL | SQL.Aliased | object): SQL<string | null> {
  return sql<string | null>`coalesce(nullif(${attributes} ->> '$.displayName', ''),
    nullif(trim(coalesce(${attributes} ->> '$.name.givenName', '') || ' ' ||
      coalesce(${attributes} ->> '$.name.familyName', '')), ''))`
}
