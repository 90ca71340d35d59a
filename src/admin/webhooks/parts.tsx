/** What the pages of an endpoint of a tenant and of one of all tenants have in common. */
import type { Role } from '../../audit/log'
import { shownTarget } from '../../public-address'
import type { DeliveryRecord } from '../../webhooks/attempts'
import type { Endpoint } from '../../webhooks/endpoint-commands'
import type { Webhook } from '../../webhooks/store'
import { Badge, FormNumber, NextPage, Table } from '../shell/components'
import { Ago, Time, TimeField } from '../shell/time'
import { For, mayAct, tenantPath, useViewer } from '../shell/context'
import { ChangedMeanwhile, Shown } from '../shell/stale/shown'
import { AddressFields, type EnteredChange, type EnteredEndpoint } from './endpoint-form'

/** `path` is that of the endpoint's page. */
interface Place {
  readonly path: string
}

/** The form of one more endpoint. `full` says why there is none: there are as many as may be. */
export function Adding(props: {
  readonly action: string
  readonly least: Role
  readonly entered: Partial<EnteredEndpoint>
  readonly full: string | undefined
}) {
  const { url = '', types = null, errors = new Map() } = props.entered
  return (
    <For least={props.least}>
      <section class="card" aria-labelledby="add">
        <h2 id="add">Add an endpoint</h2>
        {props.full === undefined ? (
          <form method="post" action={props.action}>
            <FormNumber />
            <AddressFields url={url} types={types} errors={errors} />
            <button type="submit">Add endpoint</button>
          </form>
        ) : (
          <p>{props.full} Delete one first.</p>
        )}
      </section>
    </For>
  )
}

export function LastSuccess(props: {
  readonly webhook: Pick<Webhook, 'lastSuccessAt'>
  readonly now: number
  readonly never: string
}) {
  const { lastSuccessAt: at } = props.webhook
  return at === null ? <>{props.never}</> : <Ago at={at} now={props.now} />
}

export function Buttons(props: Place & { readonly buttons: readonly (readonly string[])[] }) {
  return (
    <div class="actions">
      {props.buttons.map(([action = '', label]) => (
        <form method="post" action={`${props.path}/${action}`}>
          <button type="submit" data-kind="quiet">
            {label}
          </button>
        </form>
      ))}
    </div>
  )
}

export function ReplaySince(props: {
  readonly action: string
  readonly label: string
  readonly at: number | undefined
  readonly errors: EnteredEndpoint['errors'] | undefined
}) {
  const { action, label, at, errors } = props
  return (
    <form method="post" action={action}>
      <TimeField name="since" label={label} at={at} isRequired errors={errors} />
      <button type="submit" data-kind="quiet">
        Replay from this time
      </button>
    </form>
  )
}

/** What was changed of an endpoint while its form stood open. */
export function Changed(props: {
  readonly webhook: Endpoint
  readonly entered: EnteredChange
  /** Address of the page of the audit. */
  readonly audit: string
}) {
  const { webhook, entered, audit } = props
  const fields = entered.changed?.map(({ name, isTyped }) =>
    name === 'url'
      ? { label: 'Address', now: shownTarget(webhook.url), isTyped }
      : { label: 'Events', now: webhook.types?.join(', ') ?? 'all', isTyped },
  )
  return <ChangedMeanwhile fields={fields} audit={audit} />
}

/** The form of an endpoint, its secret and its end, for those who may change it. */
export function Settings(
  props: Place & {
    readonly least: Role
    readonly webhook: Endpoint
    readonly entered: EnteredChange
    /** What the page shows of the endpoint. */
    readonly seen: string
    readonly now: number
  },
) {
  const { path, least, webhook, entered, seen, now } = props
  return (
    <For least={least}>
      <section class="card" aria-labelledby="address">
        <h2 id="address">Address and events</h2>
        <form method="post" action={path}>
          <Shown shown={entered.shown ?? seen} />
          <AddressFields
            url={entered.url ?? shownTarget(webhook.url)}
            types={entered.types === undefined ? webhook.types : entered.types}
            errors={entered.errors ?? new Map()}
          />
          <button type="submit">{entered.changed ? 'Save over it' : 'Save'}</button>
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
          <form method="post" action={`${path}/rotate`}>
            <FormNumber />
            <button type="submit" data-kind="quiet">
              Make a new secret
            </button>
          </form>
          <a href={`${path}/delete`}>Delete this webhook</a>
        </div>
      </section>
    </For>
  )
}

/** An attempt; `tenant` is the slug of its tenant at an endpoint of all of them, null for none. */
type Attempt = DeliveryRecord & { readonly tenant?: string | null }

export function Log(
  props: Place & {
    readonly log: readonly Attempt[]
    readonly older: number | null
    /** Role that sees what the receiver answered. */
    readonly least: Role
    readonly isOfAll?: boolean
  },
) {
  const { path, log, older, least, isOfAll = false } = props
  const mayRead = mayAct(useViewer(), least)
  return (
    <section class="card" aria-labelledby="log">
      <h2 id="log">Log</h2>
      <p class="hint">Attempts of the last 7 days.</p>
      {log.length === 0 ? (
        <p class="empty">Nothing has been sent.</p>
      ) : (
        <Table
          caption="Attempts"
          columns={['Time', ...(isOfAll ? ['Tenant'] : []), 'Event', 'Result', 'Took', 'Answer']}
          rows={log.map((attempt) => [
            <Time at={attempt.at} />,
            ...(isOfAll ? [<TenantLink slug={attempt.tenant} />] : []),
            <span>
              {attempt.seq === null ? '' : `${attempt.seq} `}
              <code>{attempt.type}</code>
            </span>,
            <ResultBadge attempt={attempt} />,
            `${attempt.duration} ms`,
            mayRead && attempt.excerpt !== '' ? (
              <code class="wrap">{attempt.excerpt}</code>
            ) : (
              <span class="hint">–</span>
            ),
          ])}
        />
      )}
      {older === null ? null : <NextPage path={`${path}?before=${older}`} text="Older" />}
    </section>
  )
}

function TenantLink({ slug }: { readonly slug: string | null | undefined }) {
  return slug ? <a href={tenantPath({ slug })}>{slug}</a> : <span class="hint">–</span>
}

function ResultBadge({ attempt }: { readonly attempt: DeliveryRecord }) {
  const { status, error } = attempt
  if (error === null) return <Badge state="good">{status}</Badge>
  return <Badge state="bad">{status ?? error}</Badge>
}
