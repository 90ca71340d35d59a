/** The events of one tenant at an endpoint of all tenants: what is delivered, failed or waits. */
import type { FeedWebhook } from '../../../webhooks/all/store'
import { Field, NextPage, Table } from '../../shell/components'
import { Time } from '../../shell/time'
import { For, mayAct, tenantPath, useViewer } from '../../shell/context'
import { State } from '../events'
import type { TenantEvents } from './load'
import { feedWebhookPath } from './path'

/** The tenant that was asked for; `events` is undefined where there is none. */
export interface ShownTenant {
  readonly slug: string
  readonly found: TenantEvents | undefined
}

export function TenantEventList(props: {
  readonly webhook: FeedWebhook
  readonly shown: ShownTenant | undefined
}) {
  const { webhook, shown } = props
  return (
    <section class="card" aria-labelledby="events">
      <h2 id="events">Events of a tenant</h2>
      <form method="get" action={`${feedWebhookPath(webhook.id)}#events`}>
        <Field
          name="tenant"
          label="Tenant"
          hint="Its slug."
          value={shown?.slug ?? ''}
          isRequired
          more={{ maxlength: 63, autocomplete: 'off' }}
        />
        <button type="submit" data-kind="quiet">
          Show
        </button>
      </form>
      {shown === undefined ? null : shown.found === undefined ? (
        <p class="empty">There is no such tenant.</p>
      ) : (
        <Events webhook={webhook} found={shown.found} />
      )}
    </section>
  )
}

function Events({
  webhook,
  found,
}: {
  readonly webhook: FeedWebhook
  readonly found: TenantEvents
}) {
  const { tenant, progress, events } = found
  const { place, lastSeq, lane } = progress
  const last = events.at(-1)
  const mayChange = mayAct(useViewer(), 'owner')
  const here = `${feedWebhookPath(webhook.id)}?tenant=${encodeURIComponent(tenant.slug)}`
  return (
    <>
      <p class="after">
        <a href={tenantPath(tenant)}>{tenant.name}</a>: events up to {place} of {lastSeq} are done.
      </p>
      {events.length === 0 ? (
        <p class="empty">The log has no event here.</p>
      ) : (
        <Table
          caption="Events"
          columns={['Number', 'Time', 'Type', 'State', ...(mayChange ? [''] : [])]}
          rows={events.map((event) => [
            event.seq,
            <Time at={event.at} />,
            <code>{event.type}</code>,
            <State state={event.state} />,
            ...(mayChange
              ? [
                  <Act
                    webhook={webhook}
                    slug={tenant.slug}
                    seq={event.seq}
                    isNext={lane?.place === event.seq - 1}
                  />,
                ]
              : []),
          ])}
        />
      )}
      {last && last.seq > 1 ? (
        <NextPage path={`${here}&events=${last.seq}#events`} text="Older events" />
      ) : null}
      <For least="owner">
        <form method="post" action={feedWebhookPath(webhook.id, '/replay-tenant')}>
          <input type="hidden" name="tenant" value={tenant.slug} />
          <Field
            name="after"
            label="Deliver again what comes after event"
            hint={`A number up to ${place}, the last delivered event of this tenant.`}
            type="number"
            isRequired
            more={{ min: 0, max: place, step: 1 }}
          />
          <button type="submit" data-kind="quiet">
            Replay
          </button>
        </form>
      </For>
    </>
  )
}

function Act(props: {
  readonly webhook: FeedWebhook
  readonly slug: string
  readonly seq: number
  readonly isNext: boolean
}) {
  const { webhook, slug, seq, isNext } = props
  return (
    <div class="actions">
      <form method="post" action={feedWebhookPath(webhook.id, '/resend')}>
        <input type="hidden" name="tenant" value={slug} />
        <input type="hidden" name="seq" value={String(seq)} />
        <button type="submit" data-kind="plain">
          Resend<span class="unseen"> event {seq}</span>
        </button>
      </form>
      {isNext ? (
        <a
          href={`${feedWebhookPath(webhook.id)}/skip?tenant=${encodeURIComponent(slug)}&seq=${seq}`}
        >
          Skip<span class="unseen"> event {seq}</span>
        </a>
      ) : null}
    </div>
  )
}
