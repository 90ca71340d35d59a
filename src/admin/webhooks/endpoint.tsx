/** One endpoint of a tenant's webhooks: its health, its log, and its buttons. */
import type { Child } from 'hono/jsx'
import type { Tenant } from '../../tenants/tenant'
import type { DeliveryRecord } from '../../webhooks/attempts'
import { lostEvents, type WebhookHealth } from '../../webhooks/store'
import {
  FormNumber,
  ago,
  Badge,
  Field,
  NextPage,
  Notice,
  plural,
  Table,
  Time,
} from '../shell/components'
import type { FieldErrors } from '../shell/components'
import { For, mayAct, useViewer } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { AddressFields, NewSecret, type EnteredEndpoint } from './endpoint-form'
import { shownTarget } from '../../public-address'
import { Events } from './events'
import { behindText, StateBadge, troubleOf } from './health'
import type { Endpoint, EndpointPage } from './load'
import { webhookPath } from './path'

export interface Shown extends Partial<EnteredEndpoint> {
  readonly secret?: string
  readonly notice?: Child
  readonly problem?: Child
}

export function Page(props: Shown & EndpointPage & { readonly tenant: Tenant }) {
  const { tenant, webhook, notice, problem, secret } = props
  const now = Date.now()
  const trouble = troubleOf(webhook, now)
  return (
    <TenantLayout tenant={tenant} section="webhooks" title="Webhook">
      <h1>Webhook</h1>
      <p class="wrap">
        <code>{shownTarget(webhook.url)}</code> <StateBadge webhook={webhook} />
      </p>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      {secret === undefined ? null : <NewSecret secret={secret} />}
      {trouble === undefined ? null : (
        <Notice state={webhook.state === 'failed' ? 'bad' : 'warn'}>
          {trouble}
          {webhook.nextAttemptAt === null ? null : (
            <>
              {' '}
              The next attempt is at <Time at={webhook.nextAttemptAt} />.
            </>
          )}
        </Notice>
      )}
      <section class="card" aria-labelledby="delivery">
        <h2 id="delivery">Delivery</h2>
        <p>
          {behindText(webhook)}: delivered up to event {webhook.place} of {webhook.lastSeq}. Last
          success: {webhook.lastSuccessAt === null ? 'never' : ago(webhook.lastSuccessAt, now)}.
        </p>
        {webhook.state !== 'active' || webhook.lastSeq === webhook.place ? null : (
          <progress
            value={Math.max(0, webhook.place - webhook.firstSeq + 1)}
            max={webhook.lastSeq - webhook.firstSeq + 1}
            aria-label="Delivered events"
          ></progress>
        )}
        {lostEvents(webhook) === 0 ? null : (
          <Notice state="bad">
            {plural(lostEvents(webhook), 'event')} that the receiver has not got
            {lostEvents(webhook) === 1 ? ' is' : ' are'} no longer kept. Its next message is{' '}
            <code>log.gap</code>, which says so: the application has to read users, teams and
            members again.
          </Notice>
        )}
        <For least="operator">
          <Actions tenant={tenant} webhook={webhook} errors={props.errors} />
        </For>
      </section>
      <Events {...props} />
      <Log {...props} />
      <For least="operator">
        <section class="card" aria-labelledby="address">
          <h2 id="address">Address and events</h2>
          <form method="post" action={webhookPath(tenant, webhook.id)}>
            <AddressFields
              url={props.url ?? shownTarget(webhook.url)}
              types={props.types === undefined ? webhook.types : props.types}
              errors={props.errors ?? new Map()}
            />
            <button type="submit">Save</button>
          </form>
        </section>
        <section class="card" aria-labelledby="secret">
          <h2 id="secret">Signing secret</h2>
          <p>
            A new secret signs from now on; the one before signs as well for 24 hours, so that the
            receiver can change it without missing anything.
            {webhook.oldSecretUntil !== null && webhook.oldSecretUntil > now ? (
              <>
                {' '}
                Two secrets sign until <Time at={webhook.oldSecretUntil} />.
              </>
            ) : null}
          </p>
          <div class="actions">
            <form method="post" action={`${webhookPath(tenant, webhook.id)}/rotate`}>
              <FormNumber />
              <button type="submit" data-kind="quiet">
                Make a new secret
              </button>
            </form>
            <a href={`${webhookPath(tenant, webhook.id)}/delete`}>Delete this webhook</a>
          </div>
        </section>
      </For>
    </TenantLayout>
  )
}

function Actions(props: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
  readonly errors: FieldErrors | undefined
}) {
  const { tenant, webhook, errors } = props
  const path = webhookPath(tenant, webhook.id)
  const buttons = [
    ...(webhook.state === 'active' ? [['pause', 'Pause']] : [['resume', 'Resume']]),
    ...(webhook.nextAttemptAt === null ? [] : [['retry', 'Retry now']]),
    ['test', 'Send a test event'],
  ] as const
  return (
    <>
      <div class="actions">
        {buttons.map(([action, label]) => (
          <form method="post" action={`${path}/${action}`}>
            <button type="submit" data-kind="quiet">
              {label}
            </button>
          </form>
        ))}
      </div>
      <h3>Replay</h3>
      <form method="post" action={`${path}/replay`}>
        <Field
          name="after"
          label="Deliver again what comes after event"
          hint={`A number up to ${webhook.place}, the last delivered event; 0 is the beginning of the log.`}
          type="number"
          isRequired
          {...(errors ? { errors } : {})}
          more={{ min: 0, max: webhook.place, step: 1 }}
        />
        <button type="submit" data-kind="quiet">
          Replay
        </button>
      </form>
      <form method="post" action={`${path}/replay-since`}>
        <Field
          name="since"
          label="Deliver again what happened from this time on"
          hint="In UTC."
          type="datetime-local"
          isRequired
          {...(errors ? { errors } : {})}
        />
        <button type="submit" data-kind="quiet">
          Replay from this time
        </button>
      </form>
    </>
  )
}

function Log({ tenant, webhook, log, older }: Endpoint & { readonly tenant: Tenant }) {
  const mayOperate = mayAct(useViewer(), 'operator')
  return (
    <section class="card" aria-labelledby="log">
      <h2 id="log">Log</h2>
      <p class="hint">Attempts of the last 7 days.</p>
      {log.length === 0 ? (
        <p class="empty">Nothing has been sent.</p>
      ) : (
        <Table
          caption="Attempts"
          columns={['Time', 'Event', 'Result', 'Took', 'Answer']}
          rows={log.map((attempt) => [
            <Time at={attempt.at} />,
            <span>
              {attempt.seq === null ? '' : `${attempt.seq} `}
              <code>{attempt.type}</code>
            </span>,
            <ResultBadge attempt={attempt} />,
            `${attempt.duration} ms`,
            mayOperate && attempt.excerpt !== '' ? (
              <code class="wrap">{attempt.excerpt}</code>
            ) : (
              <span class="hint">–</span>
            ),
          ])}
        />
      )}
      {older === null ? null : (
        <NextPage path={`${webhookPath(tenant, webhook.id)}?before=${older}`} text="Older" />
      )}
    </section>
  )
}

function ResultBadge({ attempt }: { readonly attempt: DeliveryRecord }) {
  const { status, error } = attempt
  if (error === null) return <Badge state="good">{status}</Badge>
  return <Badge state="bad">{status ?? error}</Badge>
}
