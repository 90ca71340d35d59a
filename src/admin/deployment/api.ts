/** What a deployment is made of, as it finds itself at run time; `npm run doctor` judges it. */
import { isWeakSecret } from '../../access/weak-secret'
import { databaseNames, inDatabase, mainName } from '../../database/placement'
import { readState } from '../../database/state'
import { unusableOf } from '../shell/brand'
import type { AdminContext } from '../shell/context'

const bindings = [
  'TOKENS',
  'TEAM',
  'DELIVERY',
  'REQUESTS',
  'REFUSALS',
  'SIGN_INS',
  'EXCHANGES',
] as const

const flags = ['global_fetch_strictly_public'] as const

/** Names and states alone: no secret, no part of one, and nothing of a tenant. */
export async function getDeployment(c: AdminContext): Promise<Response> {
  const { env } = c
  const databases = await Promise.all(
    databaseNames(env).map(async (name) => {
      const home = inDatabase(env, name)
      return { name, ...(await readState((home ?? env).DB)) }
    }),
  )
  return c.json({
    time: new Date().toISOString(),
    worker: env.WORKER || null,
    tenant: env.TENANT || null,
    newTenants: env.NEW_TENANTS || mainName,
    jurisdiction: env.JURISDICTION || null,
    unusable: unusableOf(env),
    secrets: {
      ADMIN_TOKEN: strengthOf(env.ADMIN_TOKEN),
      WEBHOOK_KEY: strengthOf(env.WEBHOOK_KEY),
    },
    bindings: Object.fromEntries(bindings.map((name) => [name, env[name] !== undefined])),
    flags: Object.fromEntries(flags.map((name) => [name, isOn(name)])),
    databases,
  })
}

function strengthOf(secret: string | undefined): 'missing' | 'weak' | 'strong' {
  if (!secret) return 'missing'
  return isWeakSecret(secret) ? 'weak' : 'strong'
}

function isOn(flag: string): boolean {
  return Cloudflare.compatibilityFlags[flag] === true
}
