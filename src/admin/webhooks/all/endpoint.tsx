/** One endpoint of all tenants: its health, the tenants that wait for it, its log, and its buttons. */
import { shownTarget } from '../../../public-address'
import type { FeedWebhook } from '../../../webhooks/all/store'
import { Notice, plural, Table } from '../../shell/components'
import { Time } from '../../shell/time'
import { For, root } from '../../shell/context'
import { Layout } from '../../shell/layout'
import type { Shown } from '../endpoint'
import { NewSecret, type EnteredEndpoint } from '../endpoint-form'
import { errorText, StateBadge, troubleOf } from '../health'
import { Buttons, Changed, LastSuccess, Log, ReplaySince, Settings } from '../parts'
import type { Attempts, FeedEndpoint } from './load'
import { feedWebhookPath } from './path'
import { TenantEventList, type ShownTenant } from './tenant-events'

export function Page(
  props: Shown &
    FeedEndpoint &
    Attempts & {
      /** The tenant whose events are shown. */
      readonly tenant: ShownTenant | undefined
      /** What the page shows of the endpoint. */
      readonly seen: string
    },
) {
  const { webhook, behind, notice, problem, secret } = props
  const now = Date.now()
  const path = feedWebhookPath(webhook.id)
  const trouble = troubleOf(webhook, now)
  return (
    <Layout title="Webhook of all tenants" here={{ page: 'Webhooks' }}>
      <h1>Webhook of all tenants</h1>
      <p class="wrap">
        <code>{shownTarget(webhook.url)}</code> <StateBadge webhook={webhook} />
      </p>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      <Changed webhook={webhook} entered={props} audit={`${root}/audit`} />
      {secret === undefined ? null : <NewSecret secret={secret} />}
      {trouble === undefined ? null : (
        <Notice state={webhook.state === 'failed' ? 'bad' : 'warn'}>{trouble}</Notice>
      )}
      <section class="card" aria-labelledby="delivery">
        <h2 id="delivery">Delivery</h2>
        <p>
          {behind === 0 ? 'Up to date with the feed' : `${plural(behind, 'event')} behind the feed`}
          . Last success: <LastSuccess webhook={webhook} now={now} never="never" />.
        </p>
        {webhook.nextAttemptAt === null || webhook.nextAttemptAt < now ? null : (
          <p>
            The receiver has asked for time until <Time at={webhook.nextAttemptAt} />.
          </p>
        )}
        <For least="owner">
          <Actions webhook={webhook} errors={props.errors} since={props.since} />
        </For>
      </section>
      <Waiting {...props} />
      <TenantEventList webhook={webhook} shown={props.tenant} />
      <Log path={path} log={props.log} older={props.older} least="owner" isOfAll />
      <Settings {...{ path, webhook, now }} least="owner" entered={props} seen={props.seen} />
    </Layout>
  )
}

function Actions(props: {
  readonly webhook: FeedWebhook
  readonly errors: EnteredEndpoint['errors'] | undefined
  readonly since: number | undefined
}) {
  const { webhook, errors, since } = props
  const path = feedWebhookPath(webhook.id)
  const buttons = [
    ...(webhook.state === 'active'
      ? [
          ['pause', 'Pause'],
          ['retry', 'Retry now'],
        ]
      : [['resume', 'Resume']]),
    ['test', 'Send a test event'],
  ] as const
  return (
    <>
      <Buttons path={path} buttons={buttons} />
      <h3>Replay</h3>
      <ReplaySince
        action={`${path}/replay`}
        label="Deliver again, for all tenants, what happened from this time on"
        at={since}
        errors={errors}
      />
    </>
  )
}

function Waiting({ webhook, waiting }: FeedEndpoint) {
  return (
    <section class="card" aria-labelledby="waiting">
      <h2 id="waiting">Tenants that wait</h2>
      <p class="hint">
        The next event of these was not received yet. The others are not held up by them.
      </p>
      {waiting.length === 0 ? (
        <p class="empty">None.</p>
      ) : (
        <Table
          caption="Tenants that wait"
          columns={['Tenant', 'Events', 'Failures', 'Reason', 'Next attempt']}
          rows={waiting.map(({ slug, place, upTo, failures, lastError, nextAttemptAt }) => [
            <a
              href={`${feedWebhookPath(webhook.id)}?tenant=${encodeURIComponent(slug)}&events=${place + 2}#events`}
            >
              {slug}
            </a>,
            upTo - place,
            failures,
            failures === 0 ? <span class="hint">–</span> : errorText(lastError),
            nextAttemptAt === null ? 'Now' : <Time at={nextAttemptAt} />,
          ])}
        />
      )}
    </section>
  )
}
