/** The frame of the lists of users and of teams: a search, a page, a pager. */
import type { Child } from 'hono/jsx'
import { tenantPath, type AdminContext } from '../shell/context'
import { listQuery } from './forms'
import { TenantLayout } from '../shell/layout'
import { Field, Pager, plural, Select } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'

export const pageSize = 50

export interface ListQuery {
  readonly search: string
  readonly state: string
  readonly page: number
}

export function queryOf(c: AdminContext): ListQuery {
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
  /** States that the list can be narrowed to. */
  readonly states: readonly (readonly [state: string, label: string])[]
  readonly query: ListQuery
  readonly total: number
  readonly children?: Child
}) {
  const { tenant, section, title, query, total } = props
  const path = tenantPath(tenant, `/${section}`)
  const one = section === 'users' ? 'user' : 'team'
  const state = props.states.find(([name]) => name === query.state)?.[1].toLowerCase()
  const count =
    plural(total, state ? `${state} ${one}` : one) +
    (query.search === '' ? '' : ` with “${query.search}”`)
  return (
    <TenantLayout tenant={tenant} section={section}>
      <h1>{title}</h1>
      <section class="card" aria-label={title}>
        <form method="get" action={path} class="filters" role="search" data-fields="2">
          <Field
            name="search"
            label={props.hint}
            type="search"
            value={query.search}
            more={{ maxlength: 200, autocomplete: 'off' }}
          />
          <Select
            name="state"
            label="State"
            value={query.state}
            options={[['', 'Any'], ...props.states]}
          />
          <button type="submit">Search</button>
        </form>
        <p class="hint">
          {count}
          {isWhole(query) ? null : (
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

/** The reason why a list shows nothing. */
export function emptyText(one: 'user' | 'team', query: ListQuery, total: number): string {
  if (total > 0) return 'The list has fewer pages than that.'
  return isWhole(query)
    ? `There is no ${one}. The identity provider creates the first one.`
    : `No ${one} is found.`
}

function isWhole({ search, state }: ListQuery): boolean {
  return search === '' && state === ''
}

function queryString({ search, state, page }: ListQuery): string {
  return new URLSearchParams({ search, state, page: String(page) }).toString()
}
