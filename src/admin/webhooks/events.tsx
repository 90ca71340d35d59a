/** The events of an endpoint: what is delivered, failed or waits, and the body of one. */
import type { Tenant } from '../../tenants/tenant'
import type { EventState, ListedEvent } from '../../webhooks/one-event'
import type { WebhookHealth } from '../../webhooks/store'
import { Badge, CopyButton, NextPage, Table } from '../shell/components'
import { Time } from '../shell/time'
import { For } from '../shell/context'
import type { EndpointPage } from './load'
import { webhookPath } from './path'

const states: Readonly<Record<EventState, readonly ['good' | 'bad' | 'idle' | 'warn', string]>> = {
  delivered: ['good', 'Delivered'],
  failed: ['bad', 'Failed'],
  waiting: ['warn', 'Waiting'],
  unwanted: ['idle', 'Not for this endpoint'],
  earlier: ['idle', 'Older than this endpoint'],
  skipped: ['idle', 'Left out'],
}

/** Characters of a body that are shown. */
export const longestBody = 20_000

export function Events(props: EndpointPage & { readonly tenant: Tenant }) {
  const { tenant, webhook, events, chosen } = props
  const path = webhookPath(tenant, webhook.id)
  const last = events.at(-1)
  return (
    <section class="card" aria-labelledby="events">
      <h2 id="events">Events</h2>
      {chosen ? (
        <article class="panel" id="event" aria-label={`Event ${chosen.event.seq}`}>
          <p>
            <strong>Event {chosen.event.seq}</strong> <code>{chosen.event.type}</code>{' '}
            <State state={chosen.state} />
          </p>
          <div class="template">
            <CopyButton of="event-body" what="the body" />
            <pre id="event-body" tabindex={0} aria-label="Body of the event">
              {JSON.stringify(JSON.parse(chosen.body), null, 2).slice(0, longestBody)}
            </pre>
          </div>
          <For least="operator">
            <Act tenant={tenant} webhook={webhook} event={chosen.event} />
          </For>
        </article>
      ) : null}
      {events.length === 0 ? (
        <p class="empty">The log has no event here.</p>
      ) : (
        <Table
          caption="Events"
          columns={['Number', 'Time', 'Type', 'State', 'Body']}
          rows={events.map((event) => [
            event.seq,
            <Time at={event.at} />,
            <code>{event.type}</code>,
            <State state={event.state} />,
            <a href={`${path}?event=${event.seq}#event`}>
              Show<span class="unseen"> event {event.seq}</span>
            </a>,
          ])}
        />
      )}
      {last && last.seq > webhook.firstSeq ? (
        <NextPage path={`${path}?events=${last.seq}#events`} text="Older events" />
      ) : null}
    </section>
  )
}

export function State({ state }: { readonly state: EventState }) {
  const [look, text] = states[state]
  return <Badge state={look}>{text}</Badge>
}

function Act(props: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
  readonly event: Pick<ListedEvent, 'seq'>
}) {
  const { tenant, webhook, event } = props
  const path = webhookPath(tenant, webhook.id)
  return (
    <div class="actions">
      <form method="post" action={`${path}/resend`}>
        <input type="hidden" name="seq" value={String(event.seq)} />
        <button type="submit" data-kind="quiet">
          Resend
        </button>
      </form>
      {event.seq === webhook.place + 1 ? (
        <a href={`${path}/skip?seq=${event.seq}`}>Skip this event</a>
      ) : null}
    </div>
  )
}
