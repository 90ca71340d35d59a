/** What a browser shows at the base URL of a tenant, which somebody has pasted into its address line. */
import { html } from 'hono/html'
import { addressOf } from '../http/path'
import type { ScimContext } from './context'

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'WWW-Authenticate': 'Bearer',
}

/** True for a browser that opens a base URL. Programs name themselves, or take other media types. */
export function isBrowserAtBase(c: ScimContext): boolean {
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
  const isBase = c.req.path.split('/').length === 4
  const isPage = /(^|,)\s*text\/html\s*(;|,|$)/i.test(c.req.header('Accept') ?? '')
  return isRead && isBase && isPage && c.req.header('Authorization') === undefined
}

/**
 * Says what the address is: 401 as for every request without a token, and the same for every name, so
 * that nobody learns which tenants there are.
 */
export async function replyBasePage(c: ScimContext): Promise<Response> {
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>SCIM base URL</title>
      </head>
      <body>
        <h1>This is a SCIM base URL</h1>
        <p>
          It is an address for your identity provider, not for a browser. People and teams are
          provisioned through it with SCIM 2.0.
        </p>
        <p>
          Paste it into the provisioning settings of the identity provider, together with a token of
          the product: as <em>Tenant URL</em> in Microsoft Entra ID, as
          <em>SCIM connector base URL</em> in Okta, as <em>SCIM Base URL</em> in OneLogin.
        </p>
        <p><code>${addressOf(c.req.url)}</code></p>
        <p>
          The token comes from the SCIM settings of the product. It does not belong into a browser.
        </p>
      </body>
    </html> `
  return new Response(String(page), { status: 401, headers })
}
