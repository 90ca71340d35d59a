/** The strength of the operator's secret. It imports nothing, so that scripts may import it. */

/** Characters, and different ones, of a secret that nobody guesses. */
const leastLength = 32
const leastDifferent = 10

/** True for a secret that is too short, or too uniform, to be random. None is not weak. */
export function isWeakSecret(secret: string | undefined): boolean {
  if (!secret) return false
  return secret.length < leastLength || new Set(secret).size < leastDifferent
}

/** Remedy for a weak secret. */
export const secretCommand = 'openssl rand -hex 32 | npx wrangler secret put ADMIN_TOKEN'
