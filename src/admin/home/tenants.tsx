/** All tenants: searched, sorted, narrowed to a state of health, in pages. */
import { maximumListed, type TenantLine } from '../../attention/listing'
import { noticeOrder, type Notice } from '../../attention/notices'
import { Badge, Field, Pager, plural, Select, Table } from '../shell/components'
import { Ago } from '../shell/time'
import { root, tenantPath } from '../shell/context'
import type { healths, HomeQuery } from './forms'
import { NoticeBadge } from './inbox'

const pageSize = 50

interface Line extends TenantLine {
  /** The worst notice. */
  readonly notice: Notice | undefined
  readonly health: (typeof healths)[number] | 'deleting'
}

export function Tenants(props: {
  readonly tenants: readonly TenantLine[]
  readonly notices: readonly Notice[]
  readonly query: HomeQuery
  readonly databases: readonly string[]
  readonly now: number
}) {
  const { tenants, query, databases, now } = props
  const found = choose(linesOf(tenants, props.notices), query)
  const page = found.slice((query.page - 1) * pageSize, query.page * pageSize)
  const isWhole = query.search === '' && query.health === ''
  return (
    <section class="card" aria-labelledby="all">
      <h2 id="all">Tenants</h2>
      {tenants.length === 0 ? <p class="empty">There is no tenant yet.</p> : <Filters {...query} />}
      <p class="hint">
        {plural(found.length, 'tenant')}
        {tenants.length >= maximumListed ? ' or more; of each database the first 5,000' : ''}
        {isWhole ? null : (
          <>
            {' · '}
            <a href={`${root}#all`}>Show all</a>
          </>
        )}
      </p>
      {page.length === 0 ? null : (
        <Table
          caption="Tenants"
          columns={[
            'Name',
            'Health',
            'People',
            'Teams',
            'Last request',
            ...(databases.length > 1 ? ['Database'] : []),
          ]}
          rows={page.map((line) => [
            <>
              <a href={tenantPath(line)}>{line.name}</a>
              <code class="second">{line.slug}</code>
            </>,
            <Health line={line} />,
            line.userCount.toLocaleString('en'),
            line.teamCount.toLocaleString('en'),
            line.lastCallAt === null ? (
              <span class="hint">Never</span>
            ) : (
              <Ago at={line.lastCallAt} now={now} />
            ),
            ...(databases.length > 1 ? [<code>{line.database}</code>] : []),
          ])}
        />
      )}
      <Pager
        page={query.page}
        total={found.length}
        size={pageSize}
        path={(number) => pathOf({ ...query, page: number })}
      />
    </section>
  )
}

function Filters({ search, health, sort }: HomeQuery) {
  return (
    <form method="get" action={`${root}#all`} class="filters" role="search" data-fields="3">
      <Field
        name="search"
        label="Search tenants"
        type="search"
        value={search}
        more={{ maxlength: 200, autocomplete: 'off' }}
      />
      <Select
        name="health"
        label="Health"
        value={health}
        options={[
          ['', 'Any'],
          ['attention', 'Needs somebody'],
          ['working', 'Working'],
          ['waiting', 'Not called yet'],
          ['disabled', 'Disabled'],
        ]}
      />
      <Select
        name="sort"
        label="Order"
        value={sort}
        options={[
          ['name', 'By name'],
          ['worst', 'Worst first'],
          ['people', 'Most people first'],
          ['call', 'Latest call first'],
        ]}
      />
      <button type="submit">Show</button>
    </form>
  )
}

function Health({ line }: { readonly line: Line }) {
  if (line.health === 'deleting') return <Badge state="warn">Being deleted</Badge>
  if (line.health === 'disabled') return <Badge state="bad">Disabled</Badge>
  if (line.notice) return <NoticeBadge kind={line.notice.kind} />
  if (line.health === 'waiting') return <Badge state="idle">Not called yet</Badge>
  return <Badge state="good">Working</Badge>
}

function linesOf(tenants: readonly TenantLine[], notices: readonly Notice[]): Line[] {
  // The worst comes first, and is the one that stays.
  const worst = new Map(notices.toReversed().map((notice) => [notice.tenantId, notice]))
  return tenants.map((tenant) => {
    const notice = worst.get(tenant.id)
    return { ...tenant, notice, health: healthOf(tenant, notice) }
  })
}

function healthOf(tenant: TenantLine, notice: Notice | undefined): Line['health'] {
  if (tenant.deletingAt !== null) return 'deleting'
  if (!tenant.enabled) return 'disabled'
  if (notice) return 'attention'
  return tenant.lastCallAt === null ? 'waiting' : 'working'
}

function choose(lines: readonly Line[], { search, health, sort }: HomeQuery): Line[] {
  const wanted = search.toLowerCase()
  const found = lines.filter(
    (line) =>
      (health === '' || line.health === health) &&
      (line.name.toLowerCase().includes(wanted) || line.slug.includes(wanted)),
  )
  const rank = ({ notice }: Line) =>
    notice ? noticeOrder.indexOf(notice.kind) : noticeOrder.length
  const byName = (left: Line, right: Line) => left.name.localeCompare(right.name, 'en')
  const orders: Readonly<Record<HomeQuery['sort'], (left: Line, right: Line) => number>> = {
    name: byName,
    people: (left, right) => right.userCount - left.userCount || byName(left, right),
    call: (left, right) => (right.lastCallAt ?? 0) - (left.lastCallAt ?? 0) || byName(left, right),
    worst: (left, right) => rank(left) - rank(right) || byName(left, right),
  }
  return found.toSorted(orders[sort])
}

function pathOf({ search, health, sort, page }: HomeQuery): string {
  return `${root}?${new URLSearchParams({ search, health, sort, page: String(page) }).toString()}#all`
}
