/** What a deployment is made of, as it finds itself at run time; `npm run doctor` judges it. */
import { databaseNames, inDatabase, mainName } from '../../database/placement'
import { readState } from '../../database/state'
import { unusableOf } from '../shell/brand'
import type { AdminContext } from '../shell/context'
import { secretsOf } from './secrets'

const bindings = [
  'TOKENS',
  'TEAM',
  'DELIVERY',
  'ASSETS',
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
    locationHint: env.LOCATION_HINT || null,
    unusable: unusableOf(env),
    secrets: secretsOf(env),
    bindings: Object.fromEntries(bindings.map((name) => [name, env[name] !== undefined])),
    flags: Object.fromEntries(flags.map((name) => [name, isOn(name)])),
    databases,
  })
}

function isOn(flag: string): boolean {
  return Cloudflare.compatibilityFlags[flag] === true
}
