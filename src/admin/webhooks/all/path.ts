/** Addresses of the pages of webhooks of all tenants. */
import { root } from '../../shell/context'

export const feedWebhooksPath = `${root}/webhooks`

export function feedWebhookPath(id: string, more = ''): string {
  return `${feedWebhooksPath}/${encodeURIComponent(id)}${more}`
}
