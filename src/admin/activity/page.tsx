/** The provisioning log of a tenant as a page: requests, their outcome, and remedies. */
import type { Activity } from '../../activity/rows'
import { readFailures, type FailureGroup } from '../../activity/counts'
import { readActivityPage, type ActivityFilter, type ActivityPage } from '../../activity/browse'
import { findReturning, type Returning } from '../../activity/returning'
import { listTokens } from '../../tokens/store'
import { allOk } from '../../result'
import { day } from '../../time'
import { ActivityLine } from './line'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { failureCodes, FailureGroups, titleOf } from './failures'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, Select } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'
import { activityPageQuery, placeText } from './forms'

/** Rows of a page; a request that changed several things has several rows. */
const pageRows = 100

/** Days over which failures are grouped. */
const groupedDays = 7

const last = Number.MAX_SAFE_INTEGER
const start = { event: last, refusal: last, passedOver: last }

export async function showActivity(c: AdminContext) {
  const { before, ...filter } = activityPageQuery.parse(c.req.query())
  const loaded = await load(c, filter, before)
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [page, failures, tokens, returning] = loaded.value
  const isNewest = before === undefined
  return show(
    c,
    <Log
      tenant={c.var.tenant}
      filter={filter}
      page={page}
      isNewest={isNewest}
      returning={returning}
      groups={isNewest ? groupsFor(filter, failures.groups) : []}
      labels={new Map(tokens.map(({ id, label }) => [id, label || 'unnamed']))}
    />,
  )
}

function load(c: AdminContext, filter: ActivityFilter, before = start) {
  const { tenant } = c.var
  const query = { ...filter, tenantId: tenant.id, before, limit: pageRows }
  return allOk([
    readActivityPage(c.env.DB, query),
    readFailures(c.env.DB, tenant.id, Date.now() - groupedDays * day),
    listTokens(c.env.DB, tenant),
    findReturning(c.env.DB, tenant.id),
  ])
}

/** The groups that fit the filter; none fits a name, because groups count all people. */
function groupsFor(
  { outcome, code, search }: ActivityFilter,
  groups: readonly FailureGroup[],
): readonly FailureGroup[] {
  if (outcome === 'changed' || outcome === 'passedOver' || search !== '') return []
  return code === '' ? groups : groups.filter((group) => group.code === code)
}

interface LogProps {
  readonly tenant: Tenant
  readonly filter: ActivityFilter
  readonly page: ActivityPage
  readonly isNewest: boolean
  readonly groups: readonly FailureGroup[]
  readonly returning: readonly Returning[]
  /** Labels of tokens, by their ids. */
  readonly labels: ReadonlyMap<string, string>
}

function Log(props: LogProps) {
  const { tenant, filter, groups, returning } = props
  return (
    <TenantLayout tenant={tenant} section="activity">
      <h1>Activity</h1>
      {groups.length === 0 ? null : (
        <section class="card" aria-labelledby="failures">
          <h2 id="failures">What failed in the last {groupedDays} days</h2>
          <FailureGroups tenant={tenant} groups={groups} returning={returning} />
        </section>
      )}
      <section class="card" aria-labelledby="requests">
        <h2 id="requests">Requests</h2>
        <Filters tenant={tenant} filter={filter} />
        <Lines {...props} />
        <Way {...props} />
      </section>
    </TenantLayout>
  )
}

function Filters({ tenant, filter }: { readonly tenant: Tenant; readonly filter: ActivityFilter }) {
  const path = tenantPath(tenant, '/activity')
  return (
    <>
      <form method="get" action={path} class="filters" role="search">
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
        <button type="submit">Filter</button>
      </form>
      {isFiltered(filter) ? (
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
      {page.activity.map((activity: Activity) => (
        <ActivityLine tenant={tenant} activity={activity} labels={labels} />
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
function Way({ tenant, filter, page, isNewest }: LogProps) {
  const { older } = page
  if (isNewest && !older) return null
  const path = (before?: string) => {
    const { outcome = '', code, search } = filter
    const entries = Object.entries({ outcome, code, search, before: before ?? '' })
    const given = new URLSearchParams(entries.filter(([, value]) => value !== '')).toString()
    return `${tenantPath(tenant, '/activity')}${given === '' ? '' : `?${given}`}`
  }
  return (
    <nav class="pager" aria-label="Pages">
      {isNewest ? null : <a href={path()}>Newest</a>}
      {older ? (
        <a href={path(placeText(older))} rel="next">
          Older
        </a>
      ) : null}
    </nav>
  )
}

/** The codes of the form; a code that only a link names is among them, so that it stays chosen. */
function codesWith(code: string): readonly (readonly [code: string, title: string])[] {
  const isOffered = code === '' || failureCodes.some(([offered]) => offered === code)
  return isOffered ? failureCodes : [...failureCodes, [code, titleOf(code)]]
}

function isFiltered({ outcome, code, search }: ActivityFilter): boolean {
  return outcome !== undefined || code !== '' || search !== ''
}
