/** Admission to the API: the operator's secret, or an operator token with the scope for the call. */
import { createMiddleware } from 'hono/factory'
import { isOperatorSecret } from '../../access/operator-secret'
import { findOperatorToken, type OperatorScope } from '../../access/operator-tokens'
import { bearerToken, isOperatorToken } from '../../tokens/secret'
import type { AdminTypes } from '../shell/context'
import { problems, replyProblem, replyRefusal } from '../shell/problem'
import { noteAttempt, refuseSecret, waitOfOperator } from './attempts'

/** Paths of the API are behind this. */
const apiRoot = '/admin/api'

/** A wrong credential costs what it costs at the sign-in; a request without one is refused at once. */
export const requireOperator = createMiddleware<AdminTypes>(
  async function requireOperator(c, next) {
    const given = bearerToken(c.req.header('Authorization'))
    if (given === undefined) return replyProblem(c, problems.unauthorized)
    const wait = waitOfOperator(c)
    if (wait > 0) return tooMany(wait)
    if (await isOperatorSecret(given, c.env.ADMIN_TOKEN)) {
      c.set('viewer', { name: 'operator', role: 'owner' })
      return next()
    }
    const token = isOperatorToken(given) ? await findOperatorToken(c.env.DB, given) : undefined
    if (token && !token.ok) return replyRefusal(c, token.error)
    if (!token?.value) {
      const further = await noteAttempt(c, 'operator')
      if (further > 0) return tooMany(further)
      await refuseSecret(c, 'api')
      return replyProblem(c, problems.unauthorized)
    }
    const { scope, label, id } = token.value
    // The path that is routed: another spelling of an address leads to the same handler.
    if (!isWithin(scope, c.req.method, c.req.path.slice(apiRoot.length)))
      return replyProblem(c, problems.scopeTooSmall)
    c.set('viewer', { name: label || `operator token ${id}`, role: 'operator' })
    return next()

    function tooMany(seconds: number) {
      c.header('Retry-After', String(seconds))
      return replyProblem(c, problems.tooManyAttempts)
    }
  },
)

/** Operator tokens and people are made and revoked with the operator's secret alone, or by owners in the console. */
function isWithin(scope: OperatorScope, method: string, path: string): boolean {
  const isReading = method === 'GET' || method === 'HEAD'
  if (scope === 'read') return isReading
  if (isReading) return true
  if (/^\/(operator-tokens|staff)(\/|$)/.test(path)) return false
  return scope === 'all' || path === '/tenants' || path.startsWith('/tenants/')
}
