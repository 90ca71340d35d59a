/** The provisioning log of a tenant as a page: requests, their outcome, and remedies. */
import type { ActivityPlace } from '../../activity/rows'
import { exportedLines } from './export'
import { groupEqual } from './group'
import { beginOf } from './range'
import { readActivityPage, type ActivityFilter, type ActivityPage } from '../../activity/browse'
import { listTokens } from '../../tokens/store'
import type { HeldChange } from '../../guard/changes'
import { readLatest } from '../../guard/review/views'
import { allOk, ok } from '../../result'
import { HeldState } from '../guard/both-views'
import { sentenceOf } from '../guard/sentences'
import { ActivityLine } from './line'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { failureCodes, titleOf } from './failures'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, Select, Time } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'
import { activityPageQuery, placeText } from './forms'

/** Rows of a page; a request that changed several things has several rows. */
const pageRows = 100

/** Changes on hold that the newest page shows. */
const heldRows = 20

export async function showActivity(c: AdminContext) {
  const { before, from, to, follow, ...filter } = activityPageQuery.parse(c.req.query())
  const begin = await beginOf(c, { before, to })
  if (!begin.ok) return showRefusal(c, begin.error)
  const loaded = await load(c, filter, begin.value)
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [all, tokens, held] = loaded.value
  const page = from === undefined ? all : since(all, from)
  const isNewest = before === undefined && to === undefined
  return show(
    c,
    <Log
      tenant={c.var.tenant}
      filter={filter}
      page={page}
      span={{ from, to }}
      isFollowing={follow === 'on' && isNewest}
      isNewest={isNewest}
      held={isNewest ? held : []}
      labels={new Map(tokens.map(({ id, label }) => [id, label || 'unnamed']))}
    />,
  )
}

/** A page without what is older than a time. */
function since(page: ActivityPage, from: number): ActivityPage {
  const activity = page.activity.filter(({ at }) => at >= from)
  return { activity, older: activity.length < page.activity.length ? undefined : page.older }
}

function load(c: AdminContext, filter: ActivityFilter, before: ActivityPlace) {
  const { tenant } = c.var
  const query = { ...filter, tenantId: tenant.id, before, limit: pageRows }
  return allOk([
    readActivityPage(c.env.DB, query),
    listTokens(c.env.DB, tenant),
    tenant.openHold === null
      ? Promise.resolve(ok<readonly HeldChange[]>([]))
      : readLatest(c.env.DB, tenant.id, heldRows),
  ])
}

interface Span {
  readonly from: number | undefined
  readonly to: number | undefined
}

/** Seconds between two looks of a page that follows the log. */
const interval = 5

interface LogProps {
  readonly tenant: Tenant
  readonly filter: ActivityFilter
  readonly page: ActivityPage
  /** Milliseconds since 1970. */
  readonly span: Span
  readonly isFollowing: boolean
  readonly isNewest: boolean
  /** The latest changes on hold: no event tells of them yet. */
  readonly held: readonly HeldChange[]
  /** Labels of tokens, by their ids. */
  readonly labels: ReadonlyMap<string, string>
}

function Log(props: LogProps) {
  const { tenant, filter, held } = props
  return (
    <TenantLayout tenant={tenant} section="activity">
      <h1>Activity</h1>
      <p>
        Every request and its outcome. Who is missing or out of date now is on{' '}
        <a href={tenantPath(tenant, '/problems')}>Problems</a>.
      </p>
      <HeldLines tenant={tenant} held={held} />
      <section
        class="card"
        aria-labelledby="requests"
        {...(props.isFollowing ? { 'data-reload': interval } : {})}
      >
        <h2 id="requests">Requests</h2>
        <Filters tenant={tenant} filter={filter} span={props.span} />
        <p class="hint">
          {props.isFollowing ? (
            <>
              Follows what comes, until you type or click.{' '}
              <a href={pathOf(tenant, filter, props.span)}>Stop</a>
            </>
          ) : (
            <a href={pathOf(tenant, filter, props.span, { follow: 'on' })}>Follow</a>
          )}
          {' · '}
          <a href={pathOf(tenant, filter, props.span, {}, '/activity.csv')} download>
            Download as CSV
          </a>{' '}
          (at most {exportedLines.toLocaleString('en')} lines)
        </p>
        <Lines {...props} />
        <Way {...props} />
      </section>
    </TenantLayout>
  )
}

/** Changes from the moment they are made, as long as they are on hold. */
function HeldLines({ tenant, held }: Pick<LogProps, 'tenant' | 'held'>) {
  if (held.length === 0) return null
  return (
    <section class="card" aria-labelledby="held">
      <h2 id="held">Done and held</h2>
      <ol class="log">
        {held.map((change) => (
          <li data-outcome="held">
            <p>
              <HeldState tenant={tenant} change={change} /> <strong>{sentenceOf(change)}</strong>{' '}
              <span class="subject">{change.userName ?? change.teamName}</span>
            </p>
            <p class="hint">
              <Time at={change.at} />
              {' · request '}
              <code>{change.cause.requestId}</code>
            </p>
          </li>
        ))}
      </ol>
      <p>
        <a href={tenantPath(tenant, '/holds')}>All that is on hold</a>
      </p>
    </section>
  )
}

function Filters(props: {
  readonly tenant: Tenant
  readonly filter: ActivityFilter
  readonly span: Span
}) {
  const { tenant, filter, span } = props
  const path = tenantPath(tenant, '/activity')
  return (
    <>
      <form method="get" action={path} class="filters" role="search" data-fields="5">
        <Select
          name="outcome"
          label="Outcome"
          value={filter.outcome ?? ''}
          options={[
            ['', 'Any'],
            ['failed', 'Failed'],
            ['changed', 'Changed'],
            ['passedOver', 'Done, with something passed over'],
          ]}
        />
        <Select
          name="code"
          label="Error"
          value={filter.code}
          options={[['', 'Any'], ...codesWith(filter.code)]}
        />
        <Field
          name="search"
          label="Person or team (name or id)"
          type="search"
          value={filter.search}
          more={{ maxlength: 200, autocomplete: 'off' }}
        />
        <Field name="from" label="From (UTC)" type="datetime-local" value={minuteOf(span.from)} />
        <Field name="to" label="Before (UTC)" type="datetime-local" value={minuteOf(span.to)} />
        <button type="submit">Filter</button>
      </form>
      {isFiltered(filter) || span.from !== undefined || span.to !== undefined ? (
        <p class="hint">
          Filtered. The address of this page can be shared. <a href={path}>Show all</a>
        </p>
      ) : null}
    </>
  )
}

function Lines({ tenant, filter, page, isNewest, labels }: LogProps) {
  if (page.activity.length === 0) {
    return <p class="empty">{emptyText(filter, page, isNewest)}</p>
  }
  return (
    <ol class="log">
      {groupEqual(page.activity).map((group, number) => (
        <ActivityLine {...{ tenant, group, number, labels }} />
      ))}
    </ol>
  )
}

function emptyText(filter: ActivityFilter, { older }: ActivityPage, isNewest: boolean): string {
  if (older) return 'Nothing among the requests looked through; older ones follow on the next page.'
  if (!isNewest) return 'There is nothing older.'
  return isFiltered(filter)
    ? 'No request is found.'
    : 'No request has changed anything, or tried to, yet.'
}

/** The links to older requests, and back to the newest. */
function Way({ tenant, filter, page, isNewest, span }: LogProps) {
  const { older } = page
  if (isNewest && !older) return null
  return (
    <nav class="pager" aria-label="Pages">
      {isNewest ? null : (
        <a href={pathOf(tenant, filter, { from: span.from, to: undefined })}>Newest</a>
      )}
      {older ? (
        <a href={pathOf(tenant, filter, span, { before: placeText(older) })} rel="next">
          Older
        </a>
      ) : null}
    </nav>
  )
}

/** The address of a page with a filter. */
function pathOf(
  tenant: Tenant,
  { outcome, code, search }: ActivityFilter,
  { from, to }: Span,
  more: Readonly<Record<string, string>> = {},
  page = '/activity',
): string {
  const all = {
    outcome: outcome ?? '',
    code,
    search,
    from: minuteOf(from),
    to: minuteOf(to),
    ...more,
  }
  const entries = Object.entries(all).filter(([, value]) => value !== '')
  const given = new URLSearchParams(entries).toString()
  return `${tenantPath(tenant, page)}${given === '' ? '' : `?${given}`}`
}

/** A time as a form has it; empty for none. */
function minuteOf(time: number | undefined): string {
  return time === undefined ? '' : new Date(time).toISOString().slice(0, 16)
}

/** The codes of the form; a code that only a link names is among them, so that it stays chosen. */
function codesWith(code: string): readonly (readonly [code: string, title: string])[] {
  const isOffered = code === '' || failureCodes.some(([offered]) => offered === code)
  return isOffered ? failureCodes : [...failureCodes, [code, titleOf(code)]]
}

function isFiltered({ outcome, code, search }: ActivityFilter): boolean {
  return outcome !== undefined || code !== '' || search !== ''
}
