/** Making a link for the customer's administrator, for the page and the API alike. */
import { issueLink, type LinkInput } from '../../access/commands'
import type { LinkRecord } from '../../access/links'
import { ok } from '../../result'
import { authorOf, root, type AdminContext } from '../shell/context'

export interface SharedLink {
  readonly record: LinkRecord
  /** The address with the secret: it is answered once and kept nowhere. */
  readonly url: string
}

/**
 * Makes a link with the address that opens it. Its secret stands after the `#`, which browsers send
 * to nobody: no log, no preview and no Referer has it.
 */
export async function shareLink(c: AdminContext, input: LinkInput, secret?: string) {
  const issued = await issueLink(c.env, c.var.tenant, input, authorOf(c), secret)
  if (!issued.ok) return issued
  const { record, code } = issued.value
  const { origin } = new URL(c.req.url)
  return ok<SharedLink>({ record, url: `${origin}${root}/open#${code}` })
}
