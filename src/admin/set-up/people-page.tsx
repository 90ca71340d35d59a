/** Who has arrived: a list with a search, and a page of each person. */
import { idOf } from '../../http/id'
import { findUsers, readUser, type Entry, type Named } from '../../directory/browse'
import { isObject } from '../../scim/json'
import type { Tenant } from '../../tenants/tenant'
import { queryOf, windowOf, pageSize, type ListQuery } from '../directory/list'
import { linesOf } from '../shell/values'
import { setUpPath, type AdminContext } from '../shell/context'
import { Badge, Field, Table } from '../shell/components'
import { useProvider } from '../guide/blocks'
import type { Guide } from '../guide/guide'
import { useWords, When } from '../guide/words'
import { TabFrame } from '../customer/frame'
import { readCaller } from '../guide/progress'
import { showInWords, showProblem } from '../customer/show'

export async function showOwnPeople(c: AdminContext) {
  const { tenant } = c.var
  const query = { ...queryOf(c), state: '' }
  const found = await findUsers(c.env.DB, tenant, query, windowOf(query))
  if (!found.ok) return showProblem(c, found.error)
  const guide = await readCaller(c)
  if (!guide.ok) return showProblem(c, guide.error)
  const props = { tenant, query, guide: guide.value, ...found.value }
  return showInWords(c, <People {...props} />)
}

export async function showOwnPerson(c: AdminContext) {
  const { tenant } = c.var
  const found = await readUser(c.env.DB, tenant, idOf(c))
  if (!found.ok) return showProblem(c, found.error)
  if (!found.value) return showProblem(c, { kind: 'target' })
  const guide = await readCaller(c)
  if (!guide.ok) return showProblem(c, guide.error)
  const { user, teams } = found.value
  return showInWords(c, <Person tenant={tenant} user={user} teams={teams} guide={guide.value} />)
}

interface PeopleProps {
  readonly tenant: Tenant
  readonly query: ListQuery
  readonly total: number
  readonly entries: readonly Entry[]
  readonly guide: Guide | undefined
}

function People({ tenant, query, total, entries, guide }: PeopleProps) {
  const words = useWords()
  const provider = useProvider(guide)
  const path = setUpPath(tenant, '/people')
  const { search } = query
  return (
    <TabFrame tenant={tenant} tab="people">
      <h1>{words.text('people.title')}</h1>
      <section class="card" aria-label={words.text('people.title')}>
        <form method="get" action={path} class="filters" role="search" data-fields="1">
          <Field
            name="search"
            label={words.text('people.search')}
            type="search"
            value={search}
            more={{ maxlength: 200, autocomplete: 'off' }}
          />
          <button type="submit">{words.text('people.button')}</button>
        </form>
        <p class="hint">
          {words.counted('people.count', total)}
          {search === '' ? null : (
            <>
              {' · '}
              <a href={path}>{words.text('people.all')}</a>
            </>
          )}
        </p>
        {entries.length === 0 ? (
          <p class="empty">
            {search === ''
              ? words.text('people.none')
              : words.nodes('people.notFound', { provider })}
          </p>
        ) : (
          <Table
            caption={words.text('people.title')}
            columns={['name', 'userName', 'state', 'changed'].map((name) =>
              words.text(columnKeys[name] ?? ''),
            )}
            rows={entries.map((user) => [
              <a href={setUpPath(tenant, `/people/${encodeURIComponent(user.id)}`)}>
                <bdi>{nameOf(user)}</bdi>
              </a>,
              <bdi class="wrap">{textAt(user, 'userName')}</bdi>,
              <State user={user} />,
              <When at={user.updatedAt} />,
            ])}
          />
        )}
        <Pages path={path} query={query} total={total} />
      </section>
    </TabFrame>
  )
}

const columnKeys: Readonly<Record<string, string>> = {
  name: 'people.name',
  userName: 'people.userName',
  state: 'people.state',
  changed: 'people.changed',
}

function Pages(props: {
  readonly path: string
  readonly query: ListQuery
  readonly total: number
}) {
  const { path, query, total } = props
  const words = useWords()
  const last = Math.max(1, Math.ceil(total / pageSize))
  if (last === 1) return null
  const { page, search } = query
  const at = (number: number) =>
    `${path}?${new URLSearchParams({ search, page: String(number) }).toString()}`
  return (
    <nav class="pager" aria-label={words.text('people.pages')}>
      {page > 1 ? (
        <a href={at(Math.min(page - 1, last))} rel="prev">
          {words.text('people.previous')}
        </a>
      ) : null}
      <span>{words.text('people.page', { page, last })}</span>
      {page < last ? (
        <a href={at(page + 1)} rel="next">
          {words.text('people.next')}
        </a>
      ) : null}
    </nav>
  )
}

function Person(props: {
  readonly tenant: Tenant
  readonly user: Entry
  readonly teams: readonly Named[]
  readonly guide: Guide | undefined
}) {
  const { tenant, user, teams } = props
  const words = useWords()
  const provider = useProvider(props.guide)
  const name = nameOf(user)
  return (
    <TabFrame tenant={tenant} tab="people" title={name}>
      <h1>
        <bdi>{name}</bdi> <State user={user} />
      </h1>
      <section class="card" aria-labelledby="teams">
        <h2 id="teams">{words.text('people.teams')}</h2>
        {teams.length === 0 ? <p class="empty">{words.text('people.inNoTeam')}</p> : null}
        <ul class="names">
          {teams.map((team) => (
            <li>
              <bdi>{team.name}</bdi>
            </li>
          ))}
        </ul>
      </section>
      <section class="card" aria-labelledby="attributes">
        <h2 id="attributes">{words.text('people.attributes', { provider })}</h2>
        <p class="hint">
          {words.text('people.created')} <When at={user.createdAt} /> ·{' '}
          {words.text('people.changed')} <When at={user.updatedAt} />
        </p>
        <dl class="values">
          {linesOf(user.attributes).map(([attribute, text]) => (
            <div>
              <dt lang="en">{attribute}</dt>
              <dd class="wrap">
                <bdi>{text}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </TabFrame>
  )
}

/** A user without the attribute `active` is active. */
function State({ user }: { readonly user: Entry }) {
  const words = useWords()
  return user.attributes['active'] === false ? (
    <Badge state="bad">{words.text('people.inactive')}</Badge>
  ) : (
    <Badge state="good">{words.text('people.active')}</Badge>
  )
}

/** Display name, else given and family name, else user name. */
function nameOf(user: Entry): string {
  const { name } = user.attributes
  const parts = isObject(name) ? [name['givenName'], name['familyName']] : []
  const texts = parts.flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : []))
  const whole = texts.join(' ')
  return textAt(user, 'displayName') || whole || textAt(user, 'userName')
}

function textAt(user: Entry, attribute: string): string {
  const value = user.attributes[attribute]
  return typeof value === 'string' ? value : ''
}
