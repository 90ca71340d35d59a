/** What the lists of users and of teams have in common: a search, a page, a pager. */
import type { Child } from 'hono/jsx'
import type { Tenant } from '../store/tenants'
import { tenantPath, type ConsoleContext } from './context'
import { listQuery } from './forms'
import { TenantLayout } from './layout'
import { Pager, plural } from './pieces'

export const pageSize = 50

export interface ListQuery {
  readonly search: string
  readonly page: number
}

export function queryOf(c: ConsoleContext): ListQuery {
  return listQuery.parse(c.req.query())
}

export function windowOf({ page }: ListQuery) {
  return { offset: (page - 1) * pageSize, limit: pageSize }
}

export function ListPage(props: {
  readonly tenant: Tenant
  readonly section: 'users' | 'teams'
  readonly title: string
  readonly hint: string
  readonly query: ListQuery
  readonly total: number
  readonly children?: Child
}) {
  const { tenant, section, title, query, total } = props
  const path = tenantPath(tenant, `/${section}`)
  const one = section === 'users' ? 'user' : 'team'
  const count =
    query.search === '' ? plural(total, one) : `${plural(total, one)} with “${query.search}”`
  return (
    <TenantLayout tenant={tenant} section={section}>
      <h1>{title}</h1>
      <section class="card" aria-label={title}>
        <form method="get" action={path} class="search" role="search">
          <label for="search">{props.hint}</label>
          <div class="copy">
            <input id="search" name="search" type="search" value={query.search} maxlength={200} />
            <button type="submit">Search</button>
          </div>
        </form>
        <p class="hint">
          {count}
          {query.search === '' ? null : (
            <>
              {' · '}
              <a href={path}>Show all</a>
            </>
          )}
        </p>
        {props.children}
        <Pager
          page={query.page}
          total={total}
          size={pageSize}
          path={(page) => `${path}?${queryString({ ...query, page })}`}
        />
      </section>
    </TenantLayout>
  )
}

/** Why a list shows nothing. */
export function emptyText(one: 'user' | 'team', query: ListQuery, total: number): string {
  if (total > 0) return 'The list has fewer pages than that.'
  return query.search === ''
    ? `There is no ${one}. The identity provider creates the first one.`
    : `No ${one} is found.`
}

function queryString({ search, page }: ListQuery): string {
  return new URLSearchParams({ search, page: String(page) }).toString()
}
