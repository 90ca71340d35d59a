/** Names of event logs. */
import { sql } from 'drizzle-orm'

/** A new name for each row: 12 random hexadecimal digits. */
export const newLogId = sql`lower(hex(randomblob(6)))`
