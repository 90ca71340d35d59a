/** How strong the secrets of a deployment are. */
import type { Next } from 'hono'
import { isOperatorSecret } from '../../access/operator-secret'
import { isWeakSecret } from '../../access/weak-secret'
import type { RequestContext } from '../../http/request-context'
import { bearerToken } from '../../tokens/secret'

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

export function secretsOf({ ADMIN_TOKEN, WEBHOOK_KEY }: RequestContext['env']) {
  return { ADMIN_TOKEN: strengthOf(ADMIN_TOKEN), WEBHOOK_KEY: strengthOf(WEBHOOK_KEY) }
}

function strengthOf(secret: string | undefined): 'missing' | 'weak' | 'strong' {
  if (!secret) return 'missing'
  return isWeakSecret(secret) ? 'weak' : 'strong'
}
