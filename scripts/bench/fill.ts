/** Fills a tenant straight in D1: hundreds of thousands of people would take an hour over HTTP. */
import type { D1Database } from '@cloudflare/workers-types'

/** Rows of one statement. */
const chunk = 20_000

/** People named `filled-{number}@example.com`, from 0 on, with ids `filled-{slug}-{number}`. */
export async function fillTenant(
  database: D1Database,
  slug: string,
  count: number,
  onPeople: (done: number, of: number) => void = () => undefined,
): Promise<void> {
  for (let start = 0; start < count; start += chunk) {
    const numbers = list(start, Math.min(count, start + chunk))
    await database
      .prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
           select tenants.id, 'filled-' || ?1 || '-' || number.value,
             json_object('userName', 'filled-' || number.value || '@example.com',
               'externalId', 'ext-' || number.value, 'displayName', 'Filled ' || number.value,
               'emails', json_array(json_object('value', 'filled-' || number.value || '@example.com',
                 'type', 'work', 'primary', json('true'))), 'active', json('true')),
             json_object('userName', 'filled-' || number.value || '@example.com',
               'externalId', 'ext-' || number.value, 'displayName', 'filled ' || number.value,
               'emails', json_array(json_object('value', 'filled-' || number.value || '@example.com',
                 'type', 'work', 'primary', json('true'))), 'active', json('true')), 1, '', 1, 1
           from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
      .bind(slug, numbers)
      .run()
    onPeople(Math.min(count, start + chunk), count)
  }
  await database
    .prepare('update tenants set user_count = user_count + ? where slug = ?')
    .bind(count, slug)
    .run()
}

/** The filled people from one number up to another become members of a team. */
export async function fillTeam(
  database: D1Database,
  slug: string,
  teamId: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<void> {
  for (let start = from; start < to; start += chunk) {
    await database
      .prepare(
        `insert into memberships (tenant_id, team_id, user_id)
         select tenants.id, ?3, 'filled-' || ?1 || '-' || number.value
         from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
      .bind(slug, list(start, Math.min(to, start + chunk)), teamId)
      .run()
  }
  await database
    .prepare('update teams set member_count = member_count + ? where id = ?')
    .bind(to - from, teamId)
    .run()
}

function list(start: number, end: number): string {
  return JSON.stringify(Array.from({ length: end - start }, (_, index) => start + index))
}
