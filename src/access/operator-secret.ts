/** The operator's secret, for the administration. */
import { hashToken } from '../tokens/secret'

export interface OperatorVariables {
  /** Secret of the operator; without it the administration is off. */
  readonly ADMIN_TOKEN?: string
  /** Random text of the deployment; `npm run deploy` makes it, and asks with it how strong the secrets are. */
  readonly DEPLOYMENT?: string
}

/** Without a secret in the environment the administration is off, not open. */
export async function isOperatorSecret(
  given: string | undefined,
  secret: string | undefined,
): Promise<boolean> {
  if (!given || !secret) return false
  const [left, right] = await Promise.all([hashToken(given), hashToken(secret)])
  const encoder = new TextEncoder()
  return crypto.subtle.timingSafeEqual(encoder.encode(left), encoder.encode(right))
}
