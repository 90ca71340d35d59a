/** The overview of a tenant: its health in a sentence, warnings and a chart. */
import type { Child } from 'hono/jsx'
import { readDays, readFailures, type DayCount, type FailureCount } from '../../activity/counts'
import { findSilence, type Silence } from '../../activity/about'
import { findHints, type Hints } from '../../activity/hints'
import { countedProblems } from '../../activity/problems'
import { countTenant, type TenantCounts } from '../../attention/tenant-counts'
import { findSameRefusals, type SameRefusals } from '../../activity/first-refusals'
import { readWork, type Work } from '../../attention/work'
import { listClients, type ClientRecord } from '../../oauth/store'
import { readLastCall, type LastCall } from '../../tokens/last-call'
import { listTokens, type TokenRecord } from '../../tokens/store'
import { listWebhooks, type WebhookHealth } from '../../webhooks/store'
import { allOk } from '../../result'
import { startOfDay } from '../../time'
import { findReturning, type Returning } from '../../activity/returning'
import { Chart } from '../activity/chart'
import { PeopleBack } from '../directory/returning'
import { For, show, tenantPath, type AdminContext } from '../shell/context'
import { affected } from '../activity/failures'
import { FirstRule, ruleOf } from '../activity/first-rule'
import { hintsOf } from './hints'
import { Shown, writeShown } from '../shell/stale/shown'
import { settingDigests } from './setting-fields'
import { TenantLayout } from '../shell/layout'
import { callerOf } from '../guide/caller'
import { hasLiveCredential } from '../guide/progress'
import { WorkList } from '../work/list'
import { showRefusal } from '../shell/refusal'
import { Notice, plural } from '../shell/components'
import { Ago } from '../shell/time'
import { expiringSecrets } from '../clients/expiring'
import { adviceOf, expiryOf } from '../tokens/table'
import { troubleOf } from '../webhooks/health'
import { readsSilenceAsInactive } from '../../tenants/settings'
import type { Tenant } from '../../tenants/tenant'
import { storageWarning } from './storage'
import { isLive } from '../../tokens/limited-credential'

const chartDays = 30

export async function showOverview(c: AdminContext) {
  const now = Date.now()
  const loaded = await load(c, now)
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [tokens, failures, days, webhooks, silence, first, counts, ...more] = loaded.value
  const [clients, work, hints, returning, lastCall] = more
  const { tenant } = c.var
  const shown = { tenant, tokens, clients, failures, first, counts, work, hints, returning }
  const props = { ...shown, days, webhooks, silence, lastCall, now }
  return show(c, <Overview {...props} />)
}

function load(c: AdminContext, now: number) {
  const { tenant } = c.var
  return allOk([
    listTokens(c.env.DB, tenant),
    readFailures(c.env.DB, tenant.id, startOfDay(now)),
    readDays(c.env.DB, tenant.id, chartDays),
    listWebhooks(c.env.DB, tenant.id),
    findSilence(c.env.DB, tenant.id),
    findSameRefusals(c.env.DB, tenant.id),
    countTenant(c.env.DB, tenant.id, countedProblems),
    listClients(c.env.DB, tenant),
    readWork(c.env.DB, tenant.id, now),
    findHints(c.env.DB, tenant.id),
    findReturning(c.env.DB, tenant.id),
    readLastCall(c.env.DB, tenant.id),
  ])
}

interface OverviewProps {
  readonly tenant: Tenant
  readonly tokens: readonly TokenRecord[]
  readonly clients: readonly ClientRecord[]
  readonly lastCall: LastCall | undefined
  /** Failures of today. */
  readonly failures: FailureCount
  readonly counts: TenantCounts
  readonly days: readonly DayCount[]
  readonly webhooks: readonly WebhookHealth[]
  readonly silence: Silence | undefined
  /** The first refusals of all, when they have one code. */
  readonly first: SameRefusals | undefined
  readonly hints: Hints
  readonly returning: readonly Returning[]
  /** What is going on. */
  readonly work: readonly Work[]
  readonly now: number
}

function Overview(props: OverviewProps) {
  const { tenant, failures, days, now } = props
  const warnings = warningsOf(props)
  // The worst of connection, refusals, holds, delivery and expiry.
  const isWorking =
    tenant.enabled &&
    props.lastCall !== undefined &&
    failures.count === 0 &&
    tenant.openHold === null &&
    warnings.length === 0
  return (
    <TenantLayout tenant={tenant} section="overview" counts={props.counts}>
      <h1>Overview</h1>
      <Notice state={tenant.enabled ? (isWorking ? 'good' : 'warn') : 'bad'}>
        <Health {...props} />
      </Notice>
      <WorkList work={props.work} now={now} />
      <div class="figures">
        <Figure path={tenantPath(tenant, '/users')} count={tenant.userCount} of="User" />
        <Figure path={tenantPath(tenant, '/teams')} count={tenant.teamCount} of="Team" />
        <Figure
          path={tenantPath(tenant, '/activity?outcome=failed')}
          count={failures.count}
          of="Failure"
          more=" today"
        />
      </div>
      <section class="card" aria-labelledby="attention">
        <h2 id="attention">Needs attention</h2>
        {warnings.length === 0 ? <p class="empty">Nothing does at the moment.</p> : null}
        {warnings.length === 0 ? null : (
          <ul class="groups">
            {warnings.map((warning) => (
              <li>{warning}</li>
            ))}
          </ul>
        )}
      </section>
      <section class="card" aria-labelledby="chart">
        <h2 id="chart">The last {chartDays} days</h2>
        <Chart days={days} />
      </section>
    </TenantLayout>
  )
}

function Figure(props: {
  readonly path: string
  readonly count: number
  readonly of: string
  readonly more?: string
}) {
  const { path, count, of, more = '' } = props
  return (
    <a class="card figure" href={path}>
      <strong>{count.toLocaleString('en')}</strong> {`${of}${count === 1 ? '' : 's'}${more}`}
    </a>
  )
}

/** "OneLogin last called 3 minutes ago; 2 people could not be provisioned today." */
function Health({ tenant, lastCall, failures, now }: OverviewProps) {
  const held = tenant.openHold === null ? '' : 'Changes are on hold. '
  const state = `${tenant.enabled ? '' : 'Provisioning is disabled. '}${held}`
  return (
    <p class="health">
      {state}
      {lastCall ? (
        <>
          {callerOf(tenant, lastCall)} last called <Ago at={lastCall.at} now={now} />
        </>
      ) : (
        'The identity provider has not called yet'
      )}
      {failures.count === 0
        ? '; nothing has failed today.'
        : `; ${affected(failures)} could not be provisioned today.`}
    </p>
  )
}

/** Warnings, each with its remedy. */
function warningsOf(props: OverviewProps): Child[] {
  const { tenant, tokens, clients, lastCall, webhooks, silence, first, hints, now } = props
  const { problems } = props.counts
  const connection = tenantPath(tenant, '/connection')
  const live = tokens.filter((token) => isLive(token, now))
  const warnings: Child[] = []
  if (!tenant.enabled) {
    warnings.push(
      <p>
        <strong>Provisioning is disabled:</strong> every request of the identity provider is
        refused.{' '}
        <For least="setup">
          <a href={`${connection}#switch`}>Enable it</a>
        </For>
      </p>,
    )
  }
  if (props.counts.held > 0) {
    warnings.push(
      <p>
        <strong>Changes wait for a decision.</strong> The application has not been told of them.{' '}
        <a href={tenantPath(tenant, '/holds')}>To the holds</a>
      </p>,
    )
  }
  if (!hasLiveCredential(props)) {
    warnings.push(
      <p>
        <strong>
          {tokens.length + clients.length === 0
            ? 'There is no token yet.'
            : `No token${clients.length === 0 ? '' : ' and no OAuth client'} holds any more.`}
        </strong>{' '}
        The identity provider needs one.{' '}
        <For least="setup">
          <a href={`${connection}#tokens`}>Generate a token</a>
        </For>
      </p>,
    )
  }
  if (tenant.setUpAt !== null && !lastCall) {
    warnings.push(
      <p>
        <strong>The set-up was finished, and no call has come.</strong> The identity provider does
        not call yet: the address and the token may not have been entered there.{' '}
        <a href={`${connection}#check`}>To the connection</a>
      </p>,
    )
  }
  if (props.returning.length > 0) {
    warnings.push(<PeopleBack tenant={tenant} list={props.returning} />)
  }
  const storage = storageWarning(tenant)
  if (storage) warnings.push(storage)
  if (problems > 0) {
    const more = problems === countedProblems ? 'At least ' : ''
    warnings.push(
      <p>
        <strong>
          {more}
          {plural(problems, 'person, team or request', 'people, teams or requests')} could not be
          provisioned.
        </strong>{' '}
        <a href={tenantPath(tenant, '/problems')}>To the problems</a>
      </p>,
    )
  }
  const rule = ruleOf(first, tenant)
  const shown = writeShown(settingDigests(tenant))
  if (first && rule)
    warnings.push(<FirstRule tenant={tenant} rule={rule} count={first.count} shown={shown} />)
  if (silence && !readsSilenceAsInactive(tenant.settings)) {
    const label = tokens.find(({ id }) => id === silence.tokenId)?.label || 'unnamed'
    warnings.push(
      <p>
        <strong>The connection “{label}” may be leaving “active: false” out.</strong>{' '}
        {plural(silence.silent, 'person', 'people')} came without “active” and stayed active, while
        it said “active: true” of {plural(silence.stated, 'other')}. If such people are to be
        suspended, let a person without “active” be inactive.{' '}
        <a href={tenantPath(tenant, '/settings#active')}>To the setting</a>
      </p>,
      <For least="operator">
        <form method="post" action={tenantPath(tenant, '/settings')}>
          <Shown shown={shown} />
          <input type="hidden" name="withoutActive" value="inactive" />
          <button type="submit">People without “active” are inactive</button>
        </form>
      </For>,
    )
  }
  warnings.push(...hintsOf({ tenant, hints, lastCall }))
  for (const webhook of webhooks) {
    const trouble = troubleOf(webhook, now)
    if (trouble !== undefined) {
      warnings.push(
        <p>
          <strong>The webhook to {new URL(webhook.url).host} needs attention.</strong> {trouble}{' '}
          <a href={tenantPath(tenant, `/webhooks/${webhook.id}`)}>To the webhook</a>
        </p>,
      )
    }
  }
  for (const token of live) {
    const expiry = expiryOf(token, now)
    if (expiry) {
      warnings.push(
        <p>
          <strong>
            The token “{token.label || 'unnamed'}” {expiry.text}.
          </strong>{' '}
          {adviceOf(token, tokens, now)} <a href={`${connection}#tokens`}>To the tokens</a>
        </p>,
      )
    }
  }
  return [...warnings, ...expiringSecrets(tenant, clients, now)]
}
