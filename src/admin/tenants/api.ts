/** Tenants and their settings as JSON. */
import type * as z from 'zod/mini'
import { mainName } from '../../database/placement'
import { isoOrNull } from '../../time'
import { changeTenant, makeTenant } from '../../tenants/commands'
import { listTenants } from '../../tenants/store'
import type { ListedTenant, Tenant } from '../../tenants/tenant'
import { removeTenant } from '../../tokens/commands'
import { digest } from '../../scim/version'
import { authorOf, type AdminContext } from '../shell/context'
import { replyRefusal } from '../shell/problem'
import { conditionOf } from '../shell/stale/if-match'
import { declarationOf } from './extension-form'
import type { newTenant, tenantChange } from './forms'
import { observedExtensions } from './observed'

export async function postTenant(
  c: AdminContext,
  input: z.infer<typeof newTenant>,
): Promise<Response> {
  const created = await makeTenant(c.env, input, authorOf(c))
  return created.ok ? c.json(showTenant(created.value), 201) : replyRefusal(c, created.error)
}

export async function getTenants(c: AdminContext): Promise<Response> {
  const found = await listTenants(c.env)
  return found.ok ? c.json({ tenants: found.value.map(showTenant) }) : replyRefusal(c, found.error)
}

export function getTenant(c: AdminContext): Response {
  c.header('ETag', tagOf(c.var.tenant))
  return c.json(showTenant(here(c, c.var.tenant)))
}

export async function patchTenant(
  c: AdminContext,
  change: z.infer<typeof tenantChange>,
): Promise<Response> {
  const condition = conditionOf(c, tagOf)
  const saved = await changeTenant(c.env.DB, c.var.tenant, change, authorOf(c), condition)
  if (!saved.ok) return replyRefusal(c, saved.error)
  c.header('ETag', tagOf(saved.value))
  return c.json(showTenant(here(c, saved.value)))
}

export async function deleteTenant(c: AdminContext): Promise<Response> {
  const condition = conditionOf(c, tagOf)
  const deleted = await removeTenant(c.env, c.var.tenant, authorOf(c), condition)
  if (!deleted.ok) return replyRefusal(c, deleted.error)
  return deleted.value
    ? c.body(null, 204)
    : c.json({ slug: c.var.tenant.slug, deleting: true }, 202)
}

/** The entity tag of what a change of a tenant replaces: what is counted or observed does not move it. */
function tagOf({ id, name, settings, operatorOff, customerOff }: Tenant): string {
  return `"${digest([JSON.stringify([id, name, settings, operatorOff, customerOff])])}"`
}

function here(c: AdminContext, tenant: Tenant): ListedTenant {
  return { ...tenant, database: c.env.databaseName ?? mainName }
}

function showTenant(tenant: ListedTenant) {
  const { slug, name, settings, userCount, teamCount, createdAt, database } = tenant
  return {
    slug,
    name,
    enabled: !tenant.operatorOff,
    customerEnabled: !tenant.customerOff,
    users: userCount,
    teams: teamCount,
    created: isoOrNull(createdAt),
    database,
    ...settings,
    stored: { directory: tenant.directoryBytes, log: tenant.logBytes, isFull: tenant.isFull },
    observed: observedExtensions(tenant).map(declarationOf),
  }
}
