/** Secrets in texts that are shown: a server may repeat what it was sent. */

/** A secret of a few letters is in every other word. */
const shortestSecret = 6

/** The text with `name` in brackets in place of each of the secrets. */
export function hideSecrets(text: string, secrets: readonly string[], name: string): string {
  return secrets
    .filter((secret) => secret.length >= shortestSecret)
    .reduce((shown, secret) => shown.replaceAll(secret, `[${name}]`), text)
}
