/** One endpoint of a tenant's webhooks: its health, its log, and what can be done to it. */
import type { Child } from 'hono/jsx'
import type { EventType } from '../../database/schema/event-types'
import { idOf } from '../../http/id'
import { listDeliveries, type DeliveryRecord } from '../../webhooks/attempts'
import { findWebhook, type WebhookHealth } from '../../webhooks/store'
import {
  authorOf,
  For,
  mayAct,
  show,
  tenantPath,
  useViewer,
  type AdminContext,
} from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { ago, Badge, Field, Notice, Table, Time, type FieldErrors } from '../shell/components'
import {
  editWebhook,
  replayEvents,
  rotateSecret,
  sendTest,
  setWebhookState,
  type OperatorContext,
} from '../../webhooks/commands'
import { deliveriesPage, replayForm, targetTexts, webhookForm } from './forms'
import { behindText, errorText, shownUrl, StateBadge, troubleOf } from './health'
import { AddressFields, NewSecret, typesOf } from './page'
import type { Tenant } from '../../tenants/tenant'

/** Attempts on one page of the log. */
const pageLength = 50

const notices = new Map([
  ['saved', 'The endpoint is saved.'],
  ['paused', 'Delivery is paused. Events wait until it is resumed.'],
  ['resumed', 'Delivery goes on where it stopped.'],
  ['retried', 'Delivery is tried again now.'],
  ['replayed', 'Events are delivered again from there on.'],
])

interface Shown {
  readonly secret?: string
  readonly errors?: FieldErrors
  readonly url?: string
  readonly types?: readonly EventType[] | null
  readonly notice?: Child
  readonly problem?: Child
}

export function showWebhook(c: AdminContext) {
  return showPage(c, 200, { notice: notices.get(c.req.query('done') ?? '') })
}

export async function receiveWebhookChange(c: AdminContext) {
  const fields = await formOf(c)
  const types = await typesOf(c)
  const given = { url: fields['url'] ?? '', types }
  const form = webhookForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { ...given, errors: errorsOf(form.error) })
  const changed = await editWebhook(commandOf(c), idOf(c), { url: form.data.url, types })
  if (changed.ok) return done(c, 'saved')
  if (changed.error.kind !== 'badTarget') return showRefusal(c, changed.error)
  const errors = new Map([['url', targetTexts[changed.error.reason]]])
  return showPage(c, 422, { ...given, errors })
}

export async function receiveRotation(c: AdminContext) {
  const rotated = await rotateSecret(commandOf(c), idOf(c))
  if (!rotated.ok) return showRefusal(c, rotated.error)
  return showPage(c, 200, { secret: rotated.value.secret })
}

/** One button each; `done` names the sentence that the page then shows. */
export function postState(kind: 'pause' | 'resume' | 'retry', sentence: string) {
  return async function steer(c: AdminContext) {
    const steered = await setWebhookState(commandOf(c), idOf(c), kind)
    return steered.ok ? done(c, sentence) : showRefusal(c, steered.error)
  }
}

export async function receiveReplay(c: AdminContext) {
  const form = replayForm.safeParse(await formOf(c))
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const replayed = await replayEvents(commandOf(c), idOf(c), form.data.after)
  return replayed.ok ? done(c, 'replayed') : showRefusal(c, replayed.error)
}

export async function receiveTest(c: AdminContext) {
  const sent = await sendTest(commandOf(c), idOf(c))
  if (!sent.ok) return showRefusal(c, sent.error)
  const { status, error, duration } = sent.value
  if (error === null) {
    return showPage(c, 200, { notice: `The test event was answered ${status} in ${duration} ms.` })
  }
  const why = errorText(error === 'status' ? `status ${status}` : error)
  return showPage(c, 200, { problem: `The test event was not received: ${why}.` })
}

export async function showWebhookDeletion(c: AdminContext) {
  const { tenant } = c.var
  const found = await findWebhook(c.env.DB, tenant.id, idOf(c))
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <Deletion tenant={tenant} webhook={found.value} />)
}

export async function receiveWebhookDeletion(c: AdminContext) {
  const deleted = await setWebhookState(commandOf(c), idOf(c), 'delete')
  if (!deleted.ok) return showRefusal(c, deleted.error)
  return c.redirect(tenantPath(c.var.tenant, '/webhooks?done=deleted'), 303)
}

function commandOf(c: AdminContext): OperatorContext {
  return { environment: c.env, tenant: c.var.tenant, author: authorOf(c) }
}

function done(c: AdminContext, sentence: string) {
  return c.redirect(`${pathOf(c.var.tenant, idOf(c))}?done=${sentence}`, 303)
}

function pathOf(tenant: Tenant, id: string): string {
  return tenantPath(tenant, `/webhooks/${encodeURIComponent(id)}`)
}

async function showPage(c: AdminContext, status: 200 | 422, shown: Shown) {
  const { tenant } = c.var
  const { before } = deliveriesPage.parse(c.req.query())
  const key = { tenantId: tenant.id, id: idOf(c) }
  const [found, log] = await Promise.all([
    findWebhook(c.env.DB, key.tenantId, key.id),
    listDeliveries(c.env.DB, key, before, pageLength),
  ])
  if (!found.ok) return showRefusal(c, found.error)
  if (!log.ok) return showRefusal(c, log.error)
  const page = <Page tenant={tenant} webhook={found.value} log={log.value} {...shown} />
  return show(c, page, status)
}

function Page(
  props: Shown & {
    readonly tenant: Tenant
    readonly webhook: WebhookHealth
    readonly log: readonly DeliveryRecord[]
  },
) {
  const { tenant, webhook, notice, problem, secret } = props
  const now = Date.now()
  const trouble = troubleOf(webhook, now)
  const mayOperate = mayAct(useViewer(), 'operator')
  return (
    <TenantLayout tenant={tenant} section="webhooks" title="Webhook">
      <h1>Webhook</h1>
      <p class="wrap">
        <code>{shownUrl(webhook, mayOperate)}</code> <StateBadge webhook={webhook} />
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
        <For least="operator">
          <Steering tenant={tenant} webhook={webhook} errors={props.errors} />
        </For>
      </section>
      <Log tenant={tenant} webhook={webhook} log={props.log} />
      <For least="operator">
        <section class="card" aria-labelledby="address">
          <h2 id="address">Address and events</h2>
          <form method="post" action={pathOf(tenant, webhook.id)}>
            <AddressFields
              url={props.url ?? webhook.url}
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
            <form method="post" action={`${pathOf(tenant, webhook.id)}/rotate`}>
              <button type="submit" data-kind="quiet">
                Make a new secret
              </button>
            </form>
            <a href={`${pathOf(tenant, webhook.id)}/delete`}>Delete this webhook</a>
          </div>
        </section>
      </For>
    </TenantLayout>
  )
}

function Steering(props: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
  readonly errors: FieldErrors | undefined
}) {
  const { tenant, webhook, errors } = props
  const path = pathOf(tenant, webhook.id)
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
          hint="0 is the beginning of the log."
          type="number"
          isRequired
          {...(errors ? { errors } : {})}
          more={{ min: 0, max: webhook.lastSeq, step: 1 }}
        />
        <button type="submit" data-kind="quiet">
          Replay
        </button>
      </form>
    </>
  )
}

function Log(props: {
  readonly tenant: Tenant
  readonly webhook: WebhookHealth
  readonly log: readonly DeliveryRecord[]
}) {
  const { tenant, webhook, log } = props
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
      {log.length === pageLength ? (
        <nav class="pager" aria-label="Pages">
          <a href={`${pathOf(tenant, webhook.id)}?before=${log.at(-1)?.number}`} rel="next">
            Older
          </a>
        </nav>
      ) : null}
    </section>
  )
}

function ResultBadge({ attempt }: { readonly attempt: DeliveryRecord }) {
  const { status, error } = attempt
  if (error === null) return <Badge state="good">{status}</Badge>
  return <Badge state="bad">{status ?? error}</Badge>
}

function Deletion({
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
          <code>{webhook.url}</code>
        </p>
        <p>Nothing is sent there any more, and its log goes. It can't be undone.</p>
        <form method="post" action={`${pathOf(tenant, webhook.id)}/delete`}>
          <div class="actions">
            <button type="submit" data-kind="danger">
              Delete webhook
            </button>
            <a href={pathOf(tenant, webhook.id)}>Keep it</a>
          </div>
        </form>
      </section>
    </TenantLayout>
  )
}
