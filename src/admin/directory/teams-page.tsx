/** The teams of a tenant: their list, and a page of each. */
import { idOf } from '../../http/id'
import { findTeams, readTeam, type Named, type TeamEntry } from '../../directory/browse'
import type { HistoryPage } from '../../directory/history'
import { allOk } from '../../result'
import { Attributes } from './attributes'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { History, historyOf, passedOverOf, PassedOverRequests } from './history'
import type { Activity } from '../../activity/rows'
import { TenantLayout } from '../shell/layout'
import { emptyText, ListPage, pageSize, queryOf, windowOf } from './list'
import { showNotFound, showRefusal } from '../shell/refusal'
import { Pager, plural, Table, Time } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'

export async function showTeams(c: AdminContext) {
  const { tenant } = c.var
  const query = queryOf(c)
  const found = await findTeams(c.env.DB, tenant, query, windowOf(query))
  if (!found.ok) return showRefusal(c, found.error)
  const { total, entries } = found.value
  return show(
    c,
    <ListPage
      tenant={tenant}
      section="teams"
      title="Teams"
      hint="Search by a part of the name"
      states={[
        ['filled', 'Non-empty'],
        ['empty', 'Empty'],
      ]}
      query={query}
      total={total}
    >
      {entries.length === 0 ? (
        <p class="empty">{emptyText('team', query, total)}</p>
      ) : (
        <Table
          caption="Teams"
          columns={['Name', 'Members', 'Changed']}
          rows={entries.map((team) => [
            <a href={teamPath(tenant, team)}>{nameOf(team)}</a>,
            team.memberCount.toLocaleString('en'),
            <Time at={team.updatedAt} />,
          ])}
        />
      )}
    </ListPage>,
  )
}

export async function showTeam(c: AdminContext) {
  const { tenant } = c.var
  const id = idOf(c)
  const query = queryOf(c)
  const loaded = await allOk([
    readTeam(c.env.DB, tenant, id, windowOf(query)),
    historyOf(c, id),
    passedOverOf(c, id),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [found, history, requests] = loaded.value
  if (!found) return showNotFound(c)
  return show(
    c,
    <Team tenant={tenant} {...found} page={query.page} history={history} requests={requests} />,
  )
}

function Team(props: {
  readonly tenant: Tenant
  readonly team: TeamEntry
  readonly members: readonly Named[]
  readonly page: number
  readonly history: HistoryPage
  readonly requests: readonly Activity[]
}) {
  const { tenant, team, members, page, history, requests } = props
  return (
    <TenantLayout tenant={tenant} section="teams" title={nameOf(team)}>
      <h1>{nameOf(team)}</h1>
      <Attributes entry={team} />
      <section class="card" aria-labelledby="members">
        <h2 id="members">{plural(team.memberCount, 'member')}</h2>
        {team.memberCount === 0 ? <p class="empty">Nobody is in this team.</p> : null}
        <ul class="names">
          {members.map((member) => (
            <li>
              <a href={tenantPath(tenant, `/users/${encodeURIComponent(member.id)}`)}>
                {member.name}
              </a>
            </li>
          ))}
        </ul>
        <Pager
          page={page}
          total={team.memberCount}
          size={pageSize}
          path={(page) => `${teamPath(tenant, team)}?page=${page}`}
        />
      </section>
      <PassedOverRequests id={team.id} requests={requests} />
      <History tenant={tenant} id={team.id} history={history} />
    </TenantLayout>
  )
}

function teamPath(tenant: Tenant, team: TeamEntry): string {
  return tenantPath(tenant, `/teams/${encodeURIComponent(team.id)}`)
}

function nameOf(team: TeamEntry): string {
  const name = team.attributes['displayName']
  return typeof name === 'string' ? name : ''
}
