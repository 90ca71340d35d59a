/** The webhooks of a tenant as a page: the addresses of its events, and the state of each. */
import { listWebhooks, maximumWebhooks, type WebhookHealth } from '../../webhooks/store'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { redirectWith, takeOnce } from '../shell/once'
import { showRefusal } from '../shell/refusal'
import { Notice, Table } from '../shell/components'
import { makeWebhook } from '../../webhooks/commands'
import { NewSecret, submitEndpoint, type EnteredEndpoint } from './endpoint-form'
import { shownTarget } from '../../public-address'
import { behindText, StateBadge } from './health'
import { operatorContextOf } from './load'
import { Adding, LastSuccess } from './parts'
import type { Tenant } from '../../tenants/tenant'

interface WebhooksProps extends Partial<EnteredEndpoint> {
  /** The secret of the endpoint that was just made. */
  readonly secret?: string
  readonly isDeleted?: boolean
}

export async function showWebhooks(c: AdminContext) {
  const secret = await takeOnce(c)
  return showPage(c, 200, {
    isDeleted: c.req.query('done') === 'deleted',
    ...(secret === undefined ? {} : { secret }),
  })
}

/** The page that it leads to shows the secret once; nobody can read it later. */
export function receiveWebhook(c: AdminContext) {
  return submitEndpoint(
    c,
    (input, given) => makeWebhook(operatorContextOf(c), input, given),
    ({ secret }) => redirectWith(c, tenantPath(c.var.tenant, '/webhooks'), secret),
    (entered) => showPage(c, 422, entered),
  )
}

async function showPage(c: AdminContext, status: 200 | 422, more: WebhooksProps) {
  const { tenant } = c.var
  const found = await listWebhooks(c.env.DB, tenant.id)
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <Webhooks tenant={tenant} webhooks={found.value} {...more} />, status)
}

function Webhooks(
  props: WebhooksProps & { readonly tenant: Tenant; readonly webhooks: readonly WebhookHealth[] },
) {
  const { tenant, webhooks, secret } = props
  const now = Date.now()
  return (
    <TenantLayout tenant={tenant} section="webhooks">
      <h1>Webhooks</h1>
      {props.isDeleted ? <Notice state="good">The webhook is deleted.</Notice> : null}
      {secret === undefined ? null : <NewSecret secret={secret} />}
      <section class="card" aria-labelledby="endpoints">
        <h2 id="endpoints">Endpoints</h2>
        <p>
          Every change of this tenant's people and teams is sent to these addresses: in order,
          signed, and again until it is received.
        </p>
        {webhooks.length === 0 ? (
          <p class="empty">There is no endpoint yet.</p>
        ) : (
          <Table
            caption="Endpoints"
            columns={['Address', 'State', 'Delivered', 'Last success', 'Events']}
            rows={webhooks.map((webhook) => [
              <a class="wrap" href={tenantPath(tenant, `/webhooks/${webhook.id}`)}>
                {shownTarget(webhook.url)}
              </a>,
              <StateBadge webhook={webhook} />,
              behindText(webhook),
              <LastSuccess webhook={webhook} now={now} never="Never" />,
              webhook.types === null ? 'All' : webhook.types.join(', '),
            ])}
          />
        )}
      </section>
      <Adding
        action={tenantPath(tenant, '/webhooks')}
        least="operator"
        entered={props}
        full={
          webhooks.length < maximumWebhooks
            ? undefined
            : `A tenant has at most ${maximumWebhooks} endpoints.`
        }
      />
    </TenantLayout>
  )
}
