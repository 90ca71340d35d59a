/** The SCIM server that a command is to talk to, as the command line names it. */
import { err, ok, type Result } from '../src/result.ts'

export interface Target {
  /** SCIM base URL without query and fragment. */
  readonly url: string
  /** Bearer token; visible characters of ASCII alone. */
  readonly token: string
}

/** The token may come from the variable SCIM_TOKEN. The error is a sentence for who started it. */
export function readTarget(
  url: string | undefined = '',
  token: string = process.env['SCIM_TOKEN'] ?? '',
): Result<Target, string> {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    return err('--url is not an http or https address.')
  }
  const { search, hash, username } = new URL(url)
  if (search + hash + username !== '') {
    return err('--url must not hold a query, a fragment or a name.')
  }
  if (token === '') return err('--token is missing.')
  if (/[^\x21-\x7e]/.test(token)) {
    return err('--token holds a character that no header can carry.')
  }
  return ok({ url, token })
}
