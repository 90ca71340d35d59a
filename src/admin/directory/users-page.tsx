/** The users of a tenant: their list, and a page of each. */
import { findReturning, type Returning } from '../../activity/returning'
import { idOf } from '../../http/id'
import { findUsers, readUser, type Entry, type Named } from '../../directory/browse'
import type { HistoryPage } from '../../directory/history'
import { allOk } from '../../result'
import { Attributes } from './attributes'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { History, historyOf, passedOverOf, PassedOverRequests } from './history'
import { SeemsToBeBack } from './returning'
import type { Activity } from '../../activity/rows'
import { TenantLayout } from '../shell/layout'
import { emptyText, ListPage, queryOf, windowOf } from './list'
import { showNotFound, showRefusal } from '../shell/refusal'
import { Badge, plural, Table, Time } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'

export async function showUsers(c: AdminContext) {
  const { tenant } = c.var
  const query = queryOf(c)
  const found = await findUsers(c.env.DB, tenant, query, windowOf(query))
  if (!found.ok) return showRefusal(c, found.error)
  const { total, entries } = found.value
  return show(
    c,
    <ListPage
      tenant={tenant}
      section="users"
      title="Users"
      hint="Search by a part of the name, or by e-mail address"
      states={[
        ['active', 'Active'],
        ['inactive', 'Inactive'],
      ]}
      query={query}
      total={total}
    >
      {entries.length === 0 ? (
        <p class="empty">{emptyText('user', query, total)}</p>
      ) : (
        <Table
          caption="Users"
          columns={['User name', 'Name', 'State', 'Changed']}
          rows={entries.map((user) => [
            <a href={tenantPath(tenant, `/users/${encodeURIComponent(user.id)}`)}>
              {textAt(user, 'userName')}
            </a>,
            textAt(user, 'displayName'),
            <State user={user} />,
            <Time at={user.updatedAt} />,
          ])}
        />
      )}
    </ListPage>,
  )
}

export async function showUser(c: AdminContext) {
  const { tenant } = c.var
  const id = idOf(c)
  const loaded = await allOk([
    readUser(c.env.DB, tenant, id),
    historyOf(c, id),
    findReturning(c.env.DB, tenant.id, id),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [found, history, returning] = loaded.value
  if (!found) return showNotFound(c)
  const passed = await passedOverOf(c, id, otherNames(found.user))
  if (!passed.ok) return showRefusal(c, passed.error)
  const shown = { ...found, history, returning, requests: passed.value }
  return show(c, <User tenant={tenant} {...shown} />)
}

function User(props: {
  readonly tenant: Tenant
  readonly user: Entry
  readonly teams: readonly Named[]
  readonly history: HistoryPage
  readonly returning: readonly Returning[]
  readonly requests: readonly Activity[]
}) {
  const { tenant, user, teams, history, returning, requests } = props
  const name = textAt(user, 'displayName') || textAt(user, 'userName')
  return (
    <TenantLayout tenant={tenant} section="users" title={name}>
      <h1>
        {name} <State user={user} />
      </h1>
      <SeemsToBeBack tenant={tenant} list={returning} />
      <Attributes entry={user} />
      <section class="card" aria-labelledby="teams">
        <h2 id="teams">{plural(teams.length, 'team')}</h2>
        {teams.length === 0 ? <p class="empty">This user is in no team.</p> : null}
        <ul class="names">
          {teams.map((team) => (
            <li>
              <a href={tenantPath(tenant, `/teams/${encodeURIComponent(team.id)}`)}>{team.name}</a>
            </li>
          ))}
        </ul>
      </section>
      <PassedOverRequests id={user.id} names={otherNames(user)} requests={requests} />
      <History tenant={tenant} id={user.id} history={history} />
    </TenantLayout>
  )
}

function State({ user }: { readonly user: Entry }) {
  return user.attributes['active'] === false ? (
    <Badge state="bad">Inactive</Badge>
  ) : (
    <Badge state="good">Active</Badge>
  )
}

/** Texts that providers send in place of a person's id in a team. */
function otherNames(user: Entry): string[] {
  return [textAt(user, 'userName'), textAt(user, 'externalId')].filter((name) => name !== '')
}

function textAt(user: Entry, attribute: string): string {
  const value = user.attributes[attribute]
  return typeof value === 'string' ? value : ''
}
