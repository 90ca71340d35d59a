/**
 * SQLite looks into a limit that is nothing but a parameter, and plans the statement anew for each value that is
 * bound to it: for a list of 100 that takes as long as to read it. Behind a sign it does not look.
 */
const bareLimit = /\b(limit|offset) (\?\d+)/g

/** The text of a statement, with a sign before each parameter that is a limit. */
export function signLimits(text: string): string {
  return text.replaceAll(bareLimit, '$1 +$2')
}
