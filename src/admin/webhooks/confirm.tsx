/** Pages that ask before something of an endpoint is lost. */
import { shownTarget } from '../../public-address'
import type { Tenant } from '../../tenants/tenant'
import type { WebhookHealth } from '../../webhooks/store'
import { Question } from '../shell/question'
import { webhookPath } from './path'

export function Skip(props: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
  readonly seq: number
}) {
  const { tenant, webhook, seq } = props
  const path = webhookPath(tenant, webhook.id)
  return (
    <Question
      tenant={tenant}
      section="webhooks"
      title="Skip an event"
      question={`Skip event ${seq}?`}
      action={`${path}/skip`}
      button="Skip event"
      back={path}
      fields={<input type="hidden" name="seq" value={String(seq)} />}
    >
      <p class="wrap">
        <code>{shownTarget(webhook.url)}</code>
      </p>
      <p>
        The receiver does not get it, and does not know what changed, unless it is replayed later.
        The events behind it are delivered.
      </p>
    </Question>
  )
}

export function Deletion({
  tenant,
  webhook,
}: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
}) {
  const path = webhookPath(tenant, webhook.id)
  return (
    <Question
      tenant={tenant}
      section="webhooks"
      title="Delete a webhook"
      question="Delete this webhook?"
      action={`${path}/delete`}
      button="Delete webhook"
      back={path}
    >
      <p class="wrap">
        <code>{shownTarget(webhook.url)}</code>
      </p>
      <p>Nothing is sent there any more, and its log goes. It can't be undone.</p>
    </Question>
  )
}
