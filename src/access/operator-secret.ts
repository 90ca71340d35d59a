/** The operator's secret, for the administration. */
import { bearerToken, hashToken } from '../tokens/secret'

export interface OperatorVariables {
  /** Secret of the operator; without it the administration is off. */
  readonly ADMIN_TOKEN?: string
}

/** Without a secret in the environment the administration is off, not open. */
export async function isOperator(
  header: string | undefined,
  secret: string | undefined,
): Promise<boolean> {
  const given = bearerToken(header)
  if (!given || !secret) return false
  const [left, right] = await Promise.all([hashToken(given), hashToken(secret)])
  const encoder = new TextEncoder()
  return crypto.subtle.timingSafeEqual(encoder.encode(left), encoder.encode(right))
}
