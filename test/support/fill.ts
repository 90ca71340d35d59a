/** Large tenants, written straight into the tables of the database that new tenants live in. */
import { homeDatabase } from './gateway'
import type { ScimClient } from './tenant'

/** Users `filled0`, `filled1`, … and a team for each ten of them: thousands in one statement. */
export async function fill(scim: ScimClient, count: number): Promise<void> {
  await homeDatabase.batch([
    homeDatabase
      .prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
       select tenants.id, 'filled-' || ?1 || '-' || number.value,
         json_object('userName', 'filled' || number.value, 'active', json('true')),
         json_object('userName', 'filled' || number.value, 'active', json('true')), 1, '', 1, 1
       from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
      .bind(scim.slug, numbers(count)),
    homeDatabase
      .prepare(
        `insert into teams (tenant_id, id, name_key, attributes, search, version, operation, member_count, created_at, updated_at)
       select tenants.id, 'filled-' || ?1 || '-' || number.value, 'filled' || number.value,
         json_object('displayName', 'filled' || number.value),
         json_object('displayName', 'filled' || number.value), 1, '', 0, 1, 1
       from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
      .bind(scim.slug, numbers(Math.ceil(count / 10))),
    homeDatabase
      .prepare(
        `update tenants set user_count = user_count + ?1, active_count = active_count + ?1
       where slug = ?2`,
      )
      .bind(count, scim.slug),
  ])
}

/** A JSON list of the numbers from 0 on. */
export function numbers(count: number): string {
  return JSON.stringify(Array.from({ length: count }, (_, index) => index))
}
