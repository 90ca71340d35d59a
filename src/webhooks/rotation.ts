/** Secrets of an endpoint after a rotation: those before it sign as well, each for a day. */
import { sql } from 'drizzle-orm'
import type { feedWebhooks, webhooks } from '../database/schema/webhooks'
import { value } from '../database/statement'

/** Milliseconds in which the secret before a rotation signs as well. */
export const rotationOverlap = 24 * 60 * 60 * 1000

/** Most secrets of one endpoint that are kept beside the present and the last one. */
const maximumOlder = 10

/** True when one more rotation would end a secret that is to sign until its time. */
export function isFullOfSecrets(
  {
    olderSecrets: older,
    oldSecretUntil,
  }: Pick<typeof webhooks.$inferSelect, 'olderSecrets' | 'oldSecretUntil'>,
  now: number,
) {
  const living = older?.filter(({ until }) => until > now).length ?? 0
  return living >= maximumOlder && (oldSecretUntil ?? 0) > now
}

/** The columns of a new secret: the last one joins those before it, of which those that ended go. */
export function rotation(table: typeof webhooks | typeof feedWebhooks) {
  return {
    olderSecrets: sql`(
  select json_group_array(json(older.value)) from (
    select entry.value from json_each(
      json_insert(coalesce(${table.olderSecrets}, '[]'), '$[#]',
        json_object('secret', ${table.oldSecret}, 'until', ${table.oldSecretUntil}))) as entry
    where entry.value ->> '$.until' > ${value('now')}
    order by entry.value ->> '$.until' desc limit ${sql.raw(String(maximumOlder))}) as older)`,
    oldSecret: sql`${table.secret}`,
    oldSecretUntil: value('until'),
    secret: value('secret'),
  }
}
