/** The webhooks of all tenants as a page: the addresses, and the state of each. */
import {
  listFeedWebhooks,
  maximumFeedWebhooks,
  type FeedWebhook,
} from '../../../webhooks/all/store'
import { makeFeedWebhook } from '../../../webhooks/all/commands'
import { shownTarget } from '../../../public-address'
import { Notice, Table } from '../../shell/components'
import { show, type AdminContext } from '../../shell/context'
import { Layout } from '../../shell/layout'
import { redirectWith, takeOnce } from '../../shell/once'
import { showRefusal } from '../../shell/refusal'
import { NewSecret, submitEndpoint, type EnteredEndpoint } from '../endpoint-form'
import { StateBadge } from '../health'
import { Adding, LastSuccess } from '../parts'
import { deploymentContextOf } from './load'
import { feedWebhookPath, feedWebhooksPath } from './path'

interface Shown extends Partial<EnteredEndpoint> {
  /** The secret of the endpoint that was just made. */
  readonly secret?: string
  readonly isDeleted?: boolean
}

export async function showFeedWebhooks(c: AdminContext) {
  const secret = await takeOnce(c)
  return showPage(c, 200, {
    isDeleted: c.req.query('done') === 'deleted',
    ...(secret === undefined ? {} : { secret }),
  })
}

/** The page that it leads to shows the secret once; nobody can read it later. */
export function receiveFeedWebhook(c: AdminContext) {
  return submitEndpoint(
    c,
    (input, given) => makeFeedWebhook(deploymentContextOf(c), input, given),
    ({ secret }) => redirectWith(c, feedWebhooksPath, secret),
    (entered) => showPage(c, 422, entered),
  )
}

async function showPage(c: AdminContext, status: 200 | 422, more: Shown) {
  const found = await listFeedWebhooks(c.env.DB)
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <Webhooks webhooks={found.value} {...more} />, status)
}

function Webhooks(props: Shown & { readonly webhooks: readonly FeedWebhook[] }) {
  const { webhooks, secret } = props
  const now = Date.now()
  return (
    <Layout title="Webhooks" here={{ page: 'Webhooks' }}>
      <h1>Webhooks of all tenants</h1>
      <p class="lead">
        Every change in every tenant is sent to these addresses, also of tenants that are made
        later: signed, those of a tenant in order, and again until they are received.
      </p>
      {props.isDeleted ? <Notice state="good">The webhook is deleted.</Notice> : null}
      {secret === undefined ? null : <NewSecret secret={secret} />}
      <section class="card" aria-labelledby="endpoints">
        <h2 id="endpoints">Endpoints</h2>
        {webhooks.length === 0 ? (
          <p class="empty">There is no endpoint yet.</p>
        ) : (
          <Table
            caption="Endpoints"
            columns={['Address', 'State', 'Last success', 'Events']}
            rows={webhooks.map((webhook) => [
              <a class="wrap" href={feedWebhookPath(webhook.id)}>
                {shownTarget(webhook.url)}
              </a>,
              <StateBadge webhook={webhook} />,
              <LastSuccess webhook={webhook} now={now} never="Never" />,
              webhook.types === null ? 'All' : webhook.types.join(', '),
            ])}
          />
        )}
      </section>
      <Adding
        action={feedWebhooksPath}
        least="owner"
        entered={props}
        full={
          webhooks.length < maximumFeedWebhooks
            ? undefined
            : `There are at most ${maximumFeedWebhooks} endpoints.`
        }
      />
    </Layout>
  )
}
