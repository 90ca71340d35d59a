/** The strength of the operator's secret. It imports nothing, so that scripts may import it. */

/** Characters, and different ones, of a secret that nobody guesses. */
const leastLength = 32
const leastDifferent = 10

/** True for a secret that is too short, or too uniform, to be random. None is not weak. */
export function isWeakSecret(secret: string | undefined): boolean {
  if (!secret) return false
  return secret.length < leastLength || new Set(secret).size < leastDifferent
}

/**
 * The command that makes a secret of a Worker, and shows it once in the terminal. With the Worker's name, because a command without
 * one changes the Worker of `wrangler.toml`, whichever deployment the page belongs to: where the name is not known, with a
 * placeholder, for which wrangler finds no Worker.
 */
export function secretCommand(secret: string, worker?: string): string {
  return `openssl rand -hex 32 | tee /dev/stderr | npx wrangler secret put ${secret} --name ${worker || 'WORKER'}`
}
