/** Tenants for tests of the guard. */
import { bindings, tenant } from './gateway'
import type { ScimClient } from './tenant'

/** A tenant whose releases are told at once. */
export function promptTenant(settings: object = {}): Promise<ScimClient> {
  return tenant({ 'guard.delay': 0, ...settings })
}

/** Uses up what a tenant may lose within the hour: everything that is lost from now on waits. */
export async function spend(scim: ScimClient): Promise<void> {
  await bindings.DB.prepare(
    `insert or replace into loss_minutes select id, ?2, 1000 from tenants where slug = ?1`,
  )
    .bind(scim.slug, Math.floor(Date.now() / 60_000))
    .run()
}
