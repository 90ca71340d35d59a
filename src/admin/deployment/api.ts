/** What a deployment is made of, as it finds itself at run time; `npm run doctor` judges it. */
import type { Next } from 'hono'
import { isOperatorSecret } from '../../access/operator-secret'
import { isWeakSecret } from '../../access/weak-secret'
import { databaseNames, inDatabase, mainName } from '../../database/placement'
import { readState } from '../../database/state'
import type { RequestContext } from '../../http/request-context'
import { bearerToken } from '../../tokens/secret'
import { unusableOf } from '../shell/brand'
import type { AdminContext } from '../shell/context'

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
    unusable: unusableOf(env),
    secrets: secretsOf(env),
    bindings: Object.fromEntries(bindings.map((name) => [name, env[name] !== undefined])),
    flags: Object.fromEntries(flags.map((name) => [name, isOn(name)])),
    databases,
  })
}

/**
 * Tells how strong the secrets are, and nothing else, to whoever has the text that `npm run deploy` has just
 * given the Worker; for all others the route goes on.
 */
export async function tellSecrets(c: RequestContext, next: Next): Promise<Response | undefined> {
  const given = bearerToken(c.req.header('Authorization'))
  if (await isOperatorSecret(given, c.env.DEPLOYMENT)) return c.json({ secrets: secretsOf(c.env) })
  await next()
  return undefined
}

function secretsOf({ ADMIN_TOKEN, WEBHOOK_KEY }: RequestContext['env']) {
  return { ADMIN_TOKEN: strengthOf(ADMIN_TOKEN), WEBHOOK_KEY: strengthOf(WEBHOOK_KEY) }
}

function strengthOf(secret: string | undefined): 'missing' | 'weak' | 'strong' {
  if (!secret) return 'missing'
  return isWeakSecret(secret) ? 'weak' : 'strong'
}

function isOn(flag: string): boolean {
  return Cloudflare.compatibilityFlags[flag] === true
}
