/** The teams of a tenant: their list, and a page of each. */
import { idOf } from '../../http/id'
import {
  findTeams,
  maximumNamed,
  readTeam,
  type Member,
  type TeamEntry,
} from '../../directory/browse'
import type { HistoryPage } from '../../directory/history'
import { readKeys, type HeldChange } from '../../guard/changes'
import { readAbout, readGone, readOfTeams } from '../../guard/review/views'
import { allOk, ok } from '../../result'
import { Attributes } from './attributes'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { History, historyOf, passedOverOf, PassedOverRequests } from './history'
import { aboutLimit, BothViews, Gone, HeldState } from '../guard/both-views'
import type { Activity } from '../../activity/rows'
import { TenantLayout } from '../shell/layout'
import { PersonName } from './users-page'
import { emptyText, ListPage, pageSize, queryOf, windowOf, type ListQuery } from './list'
import { showNotFound, showRefusal } from '../shell/refusal'
import { Badge, Field, NextPage, Pager, plural, Table } from '../shell/components'
import { Time } from '../shell/time'
import type { Tenant } from '../../tenants/tenant'

export async function showTeams(c: AdminContext) {
  const { tenant } = c.var
  const query = queryOf(c)
  const found = await findTeams(c.env.DB, tenant, query, windowOf(query))
  if (!found.ok) return showRefusal(c, found.error)
  const { total, entries } = found.value
  const isLooking = tenant.isHolding && query.page === 1
  const gone = isLooking
    ? await readGone(c.env.DB, tenant.id, 'team', query.search, aboutLimit)
    : ok<readonly HeldChange[]>([])
  if (!gone.ok) return showRefusal(c, gone.error)
  const held = await heldOf(c, entries)
  if (!held.ok) return showRefusal(c, held.error)
  const changes = new Map(held.value.map((change) => [change.teamId, change]))
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
            <>
              <a href={teamPath(tenant, team)}>{nameOf(team)}</a>{' '}
              <OwnState tenant={tenant} change={changes.get(team.id)} />
            </>,
            team.memberCount.toLocaleString('en'),
            <Time at={team.updatedAt} />,
          ])}
        />
      )}
      <Gone tenant={tenant} of="teams" changes={gone.value} />
    </ListPage>,
  )
}

/** Changes that wait of teams on a page: of who is in them, or of their own, which come last. */
async function heldOf({ env, var: { tenant } }: AdminContext, teams: readonly TeamEntry[]) {
  if (!tenant.isHolding) return ok<readonly HeldChange[]>([])
  const ids = teams.map(({ id }) => id)
  const own = ids.map((teamId) => ({ teamId, userId: '' }))
  const read = await allOk([readOfTeams(env.DB, tenant.id, ids), readKeys(env.DB, tenant.id, own)])
  return read.ok ? ok<readonly HeldChange[]>(read.value.flat()) : read
}

export async function showTeam(c: AdminContext) {
  const { tenant } = c.var
  const id = idOf(c)
  const query = queryOf(c)
  const loaded = await allOk([
    readTeam(c.env.DB, tenant, id, { ...windowOf(query), search: query.search }),
    historyOf(c, id),
    passedOverOf(c, id),
    readAbout(c.env.DB, tenant.id, id, aboutLimit),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [inDirectory, history, requests, changes] = loaded.value
  const found = inDirectory ?? seenOnly(changes)
  if (!found) return showNotFound(c)
  return show(
    c,
    <Team
      tenant={tenant}
      {...found}
      query={query}
      {...{ history, requests, changes, isDeleted: !inDirectory }}
    />,
  )
}

/** A team that the provider deleted, as the application still sees it. */
function seenOnly(changes: readonly HeldChange[]) {
  const own = changes.find(({ kind, released }) => kind === 'team' && released !== null)
  if (!own?.released) return undefined
  const { teamId, released, version, at } = own
  const entry = { id: teamId, attributes: released, version, createdAt: at, updatedAt: at }
  return { team: { ...entry, memberCount: 0 }, members: [] }
}

function OwnState(props: { readonly tenant: Tenant; readonly change: HeldChange | undefined }) {
  return props.change ? <HeldState tenant={props.tenant} change={props.change} /> : null
}

function Team(props: {
  readonly tenant: Tenant
  readonly team: TeamEntry
  readonly members: readonly Member[]
  readonly query: ListQuery
  readonly history: HistoryPage
  readonly requests: readonly Activity[]
  /** What the application sees otherwise. */
  readonly changes: readonly HeldChange[]
  /** True when the provider has deleted the team. */
  readonly isDeleted: boolean
}) {
  const { tenant, team, members, query, history, requests, changes, isDeleted } = props
  return (
    <TenantLayout tenant={tenant} section="teams" title={nameOf(team)}>
      <h1>
        {nameOf(team)} {isDeleted ? <Badge state="bad">Deleted</Badge> : null}
      </h1>
      <BothViews tenant={tenant} changes={changes} ofTeam />
      <Attributes entry={team} />
      <section class="card" aria-labelledby="members">
        <h2 id="members">{plural(team.memberCount, 'member')}</h2>
        {team.memberCount === 0 ? <p class="empty">Nobody is in this team.</p> : null}
        {team.memberCount > pageSize || query.search !== '' ? (
          <MemberSearch path={teamPath(tenant, team)} search={query.search} />
        ) : null}
        {members.length === 0 && query.search !== '' ? (
          <p class="empty">No member’s user name or display name begins so.</p>
        ) : null}
        {members.length === 0 ? null : (
          <Table
            caption="Members"
            columns={['Name']}
            rows={members.map((member) => [
              <a href={tenantPath(tenant, `/users/${encodeURIComponent(member.id)}`)}>
                <PersonName name={member.name} userName={member.userName} />
              </a>,
            ])}
          />
        )}
        {query.search === '' ? (
          <Pager
            page={query.page}
            total={team.memberCount}
            size={pageSize}
            path={(page) => `${teamPath(tenant, team)}?page=${page}#members`}
          />
        ) : members.length === pageSize ? (
          <NextPage
            path={`${teamPath(tenant, team)}?${new URLSearchParams({ search: query.search, page: String(query.page + 1) }).toString()}#members`}
            text="More of these"
          />
        ) : null}
      </section>
      <PassedOverRequests id={team.id} requests={requests} />
      <History tenant={tenant} id={team.id} history={history} />
    </TenantLayout>
  )
}

function MemberSearch({ path, search }: { readonly path: string; readonly search: string }) {
  return (
    <form method="get" action={`${path}#members`} class="filters" role="search" data-fields="1">
      <Field
        name="search"
        label="Members whose user name or display name begins with"
        hint={`Looks at ${maximumNamed.toLocaleString('en')} people of such a name at most.`}
        type="search"
        value={search}
        more={{ maxlength: 200, autocomplete: 'off' }}
      />
      <button type="submit">Search</button>
    </form>
  )
}

function teamPath(tenant: Tenant, team: TeamEntry): string {
  return tenantPath(tenant, `/teams/${encodeURIComponent(team.id)}`)
}

function nameOf(team: TeamEntry): string {
  const name = team.attributes['displayName']
  return typeof name === 'string' ? name : ''
}
