/** The users of a tenant: their list, and a page of each. */
import { findReturning, type Returning } from '../../activity/returning'
import { idOf } from '../../http/id'
import { findUsers, readUser, type Entry, type Named } from '../../directory/browse'
import type { HistoryPage } from '../../directory/history'
import { readKeys, type HeldChange } from '../../guard/changes'
import { readAbout, readGone } from '../../guard/review/views'
import { allOk, ok } from '../../result'
import { Attributes } from './attributes'
import { For, show, tenantPath, type AdminContext } from '../shell/context'
import { History, historyOf, passedOverOf, PassedOverRequests } from './history'
import { SeemsToBeBack } from './returning'
import { aboutLimit, BothViews, Gone, HeldState } from '../guard/both-views'
import type { Activity } from '../../activity/rows'
import { TenantLayout } from '../shell/layout'
import { emptyText, ListPage, queryOf, windowOf } from './list'
import { showNotFound, showRefusal } from '../shell/refusal'
import { Badge, plural, Table } from '../shell/components'
import { Time } from '../shell/time'
import { isObject } from '../../scim/json'
import type { Tenant } from '../../tenants/tenant'

export async function showUsers(c: AdminContext) {
  const { tenant } = c.var
  const query = queryOf(c)
  const found = await findUsers(c.env.DB, tenant, query, windowOf(query))
  if (!found.ok) return showRefusal(c, found.error)
  const { total, entries } = found.value
  const { isHolding } = tenant
  const views = await allOk([
    isHolding
      ? readKeys(
          c.env.DB,
          tenant.id,
          entries.map(({ id }) => ({ teamId: '', userId: id })),
        )
      : Promise.resolve(ok<readonly HeldChange[]>([])),
    isHolding && query.page === 1
      ? readGone(c.env.DB, tenant.id, 'user', query.search, aboutLimit)
      : Promise.resolve(ok<readonly HeldChange[]>([])),
  ])
  if (!views.ok) return showRefusal(c, views.error)
  const [changes, gone] = views.value
  const held = new Map(changes.map((change) => [change.userId, change]))
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
          columns={['Name', 'State', 'Changed']}
          rows={entries.map((user) => [
            <a href={tenantPath(tenant, `/users/${encodeURIComponent(user.id)}`)}>
              <PersonName name={shownName(user)} userName={textAt(user, 'userName')} />
            </a>,
            <State user={user} tenant={tenant} change={held.get(user.id)} />,
            <Time at={user.updatedAt} />,
          ])}
        />
      )}
      <Gone tenant={tenant} of="users" changes={gone} />
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
    readAbout(c.env.DB, tenant.id, id, aboutLimit),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [inDirectory, history, returning, changes] = loaded.value
  const found = inDirectory ?? seenOnly(changes)
  if (!found) return showNotFound(c)
  const passed = await passedOverOf(c, id, otherNames(found.user))
  if (!passed.ok) return showRefusal(c, passed.error)
  const more = { history, returning, changes, isDeleted: !inDirectory, requests: passed.value }
  return show(c, <User tenant={tenant} {...found} {...more} />)
}

/** A person whom the provider deleted, as the application still sees the person. */
function seenOnly(changes: readonly HeldChange[]) {
  const own = changes.find(({ kind, released }) => kind === 'user' && released !== null)
  if (!own?.released) return undefined
  const { userId, released, version, at } = own
  const user = { id: userId, attributes: released, version, createdAt: at, updatedAt: at }
  return { user, teams: [] }
}

function User(props: {
  readonly tenant: Tenant
  readonly user: Entry
  readonly teams: readonly Named[]
  readonly history: HistoryPage
  readonly returning: readonly Returning[]
  readonly requests: readonly Activity[]
  /** What the application sees otherwise. */
  readonly changes: readonly HeldChange[]
  /** True when the provider has deleted the person. */
  readonly isDeleted: boolean
}) {
  const { tenant, user, teams, history, returning, requests, changes, isDeleted } = props
  const own = changes.find(({ kind }) => kind === 'user')
  const name = shownName(user) || textAt(user, 'userName')
  return (
    <TenantLayout tenant={tenant} section="users" title={name}>
      <h1>
        {name} <State user={user} tenant={tenant} change={own} isDeleted={isDeleted} />
      </h1>
      <For least="support">
        <p>
          <a href={tenantPath(tenant, `/person?id=${encodeURIComponent(user.id)}`)}>
            In time: what was said, done and told
          </a>
        </p>
      </For>
      <SeemsToBeBack tenant={tenant} list={returning} />
      <BothViews tenant={tenant} changes={changes} />
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

/** What the provider said, and whether the application sees it so. A good word never hides a hold. */
function State(props: {
  readonly user: Entry
  readonly tenant: Tenant
  readonly change: HeldChange | undefined
  readonly isDeleted?: boolean
}) {
  const { user, tenant, change, isDeleted = false } = props
  const isInactive = user.attributes['active'] === false
  return (
    <>
      {isDeleted ? (
        <Badge state="bad">Deleted</Badge>
      ) : isInactive ? (
        <Badge state="bad">Inactive</Badge>
      ) : (
        <Badge state={change ? 'idle' : 'good'}>Active</Badge>
      )}
      {change ? (
        <>
          {' '}
          <HeldState tenant={tenant} change={change} />
        </>
      ) : null}
    </>
  )
}

/** A name, and in a second row the user name, which tells equal names apart. */
export function PersonName({
  name,
  userName,
}: {
  readonly name: string
  readonly userName: string
}) {
  if (name === '' || name === userName) return <>{userName}</>
  return (
    <>
      {name} <span class="second">{userName}</span>
    </>
  )
}

/** Texts that providers send in place of a person's id in a team. */
function otherNames(user: Entry): string[] {
  return [textAt(user, 'userName'), textAt(user, 'externalId')].filter((name) => name !== '')
}

/** The display name, or given and family name; empty for a person without any. */
function shownName(user: Entry): string {
  const { name } = user.attributes
  const parts = isObject(name) ? [name['givenName'], name['familyName']] : []
  const given = parts.flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : []))
  return textAt(user, 'displayName') || given.join(' ')
}

function textAt(user: Entry, attribute: string): string {
  const value = user.attributes[attribute]
  return typeof value === 'string' ? value : ''
}
