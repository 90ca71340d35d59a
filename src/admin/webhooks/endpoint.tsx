/** One endpoint of a tenant's webhooks: its health, its log, and its buttons. */
import type { Child } from 'hono/jsx'
import type { Tenant } from '../../tenants/tenant'
import { lostEvents, type WebhookHealth } from '../../webhooks/store'
import { Field, Notice, plural } from '../shell/components'
import { Time } from '../shell/time'
import type { FieldErrors } from '../shell/components'
import { For, tenantPath } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { NewSecret, type EnteredChange } from './endpoint-form'
import { shownTarget } from '../../public-address'
import { Events } from './events'
import { behindText, StateBadge, troubleOf } from './health'
import type { EndpointPage } from './load'
import { Buttons, Changed, LastSuccess, Log, ReplaySince, Settings } from './parts'
import { webhookPath } from './path'

export interface Shown extends EnteredChange {
  readonly secret?: string
  readonly notice?: Child
  readonly problem?: Child
  /** The time that a replay asked for. */
  readonly since?: number
}

export function Page(props: Shown & EndpointPage & { readonly tenant: Tenant }) {
  const { tenant, webhook, notice, problem, secret } = props
  const now = Date.now()
  const path = webhookPath(tenant, webhook.id)
  const trouble = troubleOf(webhook, now)
  return (
    <TenantLayout tenant={tenant} section="webhooks" title="Webhook">
      <h1>Webhook</h1>
      <p class="wrap">
        <code>{shownTarget(webhook.url)}</code> <StateBadge webhook={webhook} />
      </p>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      <Changed webhook={webhook} entered={props} audit={tenantPath(tenant, '/audit')} />
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
          {behindText(webhook)}
          {webhook.lastSuccessAt === null ? (
            `: nothing was delivered yet; it goes on behind event ${webhook.place} of ${webhook.lastSeq}.`
          ) : (
            <>
              : events up to {webhook.place} of {webhook.lastSeq} are done. Last success:{' '}
              <LastSuccess webhook={webhook} now={now} never="never" />.
            </>
          )}
          <NextEvent path={path} webhook={webhook} />
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
          <Actions tenant={tenant} webhook={webhook} errors={props.errors} since={props.since} />
        </For>
      </section>
      <Events {...props} />
      <Log path={path} log={props.log} older={props.older} least="operator" />
      <Settings {...{ path, webhook, now }} least="operator" entered={props} seen={props.seen} />
    </TenantLayout>
  )
}

/** The event that the endpoint waits with: its page has Resend and Skip, however many wait behind it. */
function NextEvent({ path, webhook }: { readonly path: string; readonly webhook: WebhookHealth }) {
  const { place, lastSeq, firstSeq } = webhook
  if (place >= lastSeq || place + 1 < firstSeq) return null
  const next = place + 1
  return (
    <>
      {' '}
      Next is <a href={`${path}?event=${next}&events=${next + 1}#event`}>event {next}</a>.
    </>
  )
}

function Actions(props: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
  readonly errors: FieldErrors | undefined
  readonly since: number | undefined
}) {
  const { tenant, webhook, errors, since } = props
  const path = webhookPath(tenant, webhook.id)
  const buttons = [
    ...(webhook.state === 'active' ? [['pause', 'Pause']] : [['resume', 'Resume']]),
    ...(webhook.nextAttemptAt === null ? [] : [['retry', 'Retry now']]),
    ['test', 'Send a test event'],
  ] as const
  return (
    <>
      <Buttons path={path} buttons={buttons} />
      <h3>Replay</h3>
      <form method="post" action={`${path}/replay`}>
        <Field
          name="after"
          label="Deliver again what comes after event"
          hint={`A number up to ${webhook.place}, the last event that is done; 0 is the beginning of the log.`}
          type="number"
          isRequired
          {...(errors ? { errors } : {})}
          more={{ min: 0, max: webhook.place, step: 1 }}
        />
        <button type="submit" data-kind="quiet">
          Replay
        </button>
      </form>
      <ReplaySince
        action={`${path}/replay-since`}
        label="Deliver again what happened from this time on"
        at={since}
        errors={errors}
      />
    </>
  )
}
