/** Pages that ask before something of an endpoint is lost. */
import { shownTarget } from '../../public-address'
import type { Tenant } from '../../tenants/tenant'
import type { WebhookHealth } from '../../webhooks/store'
import { TenantLayout } from '../shell/layout'
import { webhookPath } from './path'

export function Skip(props: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
  readonly seq: number
}) {
  const { tenant, webhook, seq } = props
  const path = webhookPath(tenant, webhook.id)
  return (
    <TenantLayout tenant={tenant} section="webhooks" title="Skip an event">
      <section class="card narrow">
        <h1>Skip event {seq}?</h1>
        <p class="wrap">
          <code>{shownTarget(webhook.url)}</code>
        </p>
        <p>
          The receiver does not get it, and does not know what changed, unless it is replayed later.
          The events behind it are delivered.
        </p>
        <form method="post" action={`${path}/skip`}>
          <input type="hidden" name="seq" value={String(seq)} />
          <div class="actions">
            <button type="submit" data-kind="danger">
              Skip event
            </button>
            <a href={path}>Keep it</a>
          </div>
        </form>
      </section>
    </TenantLayout>
  )
}

export function Deletion({
  tenant,
  webhook,
}: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
}) {
  return (
    <TenantLayout tenant={tenant} section="webhooks" title="Delete a webhook">
      <section class="card narrow">
        <h1>Delete this webhook?</h1>
        <p class="wrap">
          <code>{shownTarget(webhook.url)}</code>
        </p>
        <p>Nothing is sent there any more, and its log goes. It can't be undone.</p>
        <form method="post" action={`${webhookPath(tenant, webhook.id)}/delete`}>
          <div class="actions">
            <button type="submit" data-kind="danger">
              Delete webhook
            </button>
            <a href={webhookPath(tenant, webhook.id)}>Keep it</a>
          </div>
        </form>
      </section>
    </TenantLayout>
  )
}
