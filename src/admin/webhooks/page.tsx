/** The webhooks of a tenant: where its events are sent to, and how that goes. */
import { eventTypes, type EventType } from '../../database/schema/event-types'
import { listWebhooks, maximumWebhooks, type WebhookHealth } from '../../webhooks/store'
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
import { ago, CopyField, Field, Notice, Table, type FieldErrors } from '../shell/components'
import { makeWebhook } from '../../webhooks/commands'
import { chosenTypes, targetTexts, webhookForm } from './forms'
import { behindText, shownUrl, StateBadge } from './health'
import type { Tenant } from '../../tenants/tenant'

interface WebhooksProps {
  /** The secret of the endpoint that was just made. */
  readonly secret?: string
  readonly errors?: FieldErrors
  /** What the form had. */
  readonly url?: string
  readonly types?: readonly EventType[] | null
  readonly isDeleted?: boolean
}

export function showWebhooks(c: AdminContext) {
  return showPage(c, 200, { isDeleted: c.req.query('done') === 'deleted' })
}

export async function receiveWebhook(c: AdminContext) {
  const fields = await formOf(c)
  const types = await typesOf(c)
  const form = webhookForm.safeParse(fields)
  const given = { url: fields['url'] ?? '', types }
  if (!form.success) return showPage(c, 422, { ...given, errors: errorsOf(form.error) })
  const command = { environment: c.env, tenant: c.var.tenant, author: authorOf(c) }
  const made = await makeWebhook(command, { url: form.data.url, types })
  if (made.ok) return showPage(c, 201, { secret: made.value.secret })
  if (made.error.kind !== 'badTarget') return showRefusal(c, made.error)
  const errors = new Map([['url', targetTexts[made.error.reason]]])
  return showPage(c, 422, { ...given, errors })
}

/** The types that are ticked in a form; null, for all, when none is. */
export async function typesOf(c: AdminContext): Promise<readonly EventType[] | null> {
  const fields = await c.req.parseBody({ all: true }).catch(() => ({}))
  const events = new Map<string, unknown>(Object.entries(fields)).get('events')
  const words = (Array.isArray(events) ? events : [events]).filter(
    (word) => typeof word === 'string',
  )
  return chosenTypes(words)
}

async function showPage(c: AdminContext, status: 200 | 201 | 422, more: WebhooksProps) {
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
  const mayOperate = mayAct(useViewer(), 'operator')
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
                {shownUrl(webhook, mayOperate)}
              </a>,
              <StateBadge webhook={webhook} />,
              behindText(webhook),
              webhook.lastSuccessAt === null ? 'Never' : ago(webhook.lastSuccessAt, now),
              webhook.types === null ? 'All' : webhook.types.join(', '),
            ])}
          />
        )}
      </section>
      <For least="operator">
        <section class="card" aria-labelledby="add">
          <h2 id="add">Add an endpoint</h2>
          {webhooks.length >= maximumWebhooks ? (
            <p>A tenant has at most {maximumWebhooks} endpoints. Delete one first.</p>
          ) : (
            <form method="post" action={tenantPath(tenant, '/webhooks')}>
              <AddressFields
                url={props.url ?? ''}
                types={props.types ?? null}
                errors={props.errors ?? new Map()}
              />
              <button type="submit">Add endpoint</button>
            </form>
          )}
        </section>
      </For>
    </TenantLayout>
  )
}

/** Where to, and what. */
export function AddressFields(props: {
  readonly url: string
  readonly types: readonly EventType[] | null
  readonly errors: FieldErrors
}) {
  const { url, types, errors } = props
  return (
    <>
      <Field
        name="url"
        label="Address"
        hint="A public address with https, for example https://example.com/rollcall."
        value={url}
        errors={errors}
        isRequired
        more={{ maxlength: 2_000, autocomplete: 'off', inputmode: 'url' }}
      />
      <fieldset class="choice">
        <legend>Events</legend>
        <p class="hint">None ticked: all of them, also those that come later.</p>
        <div class="ticks">
          {eventTypes.map((type) => (
            <label>
              <input
                type="checkbox"
                name="events"
                value={type}
                checked={types !== null && types.includes(type)}
              />
              <code>{type}</code>
            </label>
          ))}
        </div>
      </fieldset>
    </>
  )
}

export function NewSecret({ secret }: { readonly secret: string }) {
  return (
    <Notice state="good">
      <h2>Copy the signing secret now</h2>
      <p>
        It is shown this once. The receiver verifies with it that a message comes from here, as
        Standard Webhooks says.
      </p>
      <CopyField id="new-secret" label="Signing secret" value={secret} />
    </Notice>
  )
}
