/** The card of the open hold: why it waits, what went through before, and its changes to decide. */
import type { Child } from 'hono/jsx'
import type { Hold } from '../../guard/holds'
import type { PeopleList } from '../../guard/review/people'
import type { ToldLosses } from '../../guard/review/undo'
import type { Tenant } from '../../tenants/tenant'
import { Badge, Field, Pager, plural, Select } from '../shell/components'
import { Time } from '../shell/time'
import { For, mayAct, tenantPath, useViewer } from '../shell/context'
import { providerNames } from '../shell/values'
import { Changes } from './changes'
import { Choosing, isFiltered, pathOf } from './choosing'
import type { HoldsPageQuery } from './forms'

export const reasons: Readonly<Record<Hold['reason'], string>> = {
  losses: 'More people would be lost within an hour than this tenant allows.',
  review: 'Changes of teams wait for a review in this tenant.',
  protected: 'Protected people would be lost.',
  together: 'The application still knows somebody else by a name that was given away.',
}

/** People and teams of a page. */
export const pageSize = 50

export function Waiting(props: {
  readonly tenant: Tenant
  readonly hold: Hold
  readonly list: PeopleList
  /** Changes that are released and not told yet. */
  readonly decided: number
  readonly before: ToldLosses
  readonly query: HoldsPageQuery
}) {
  const { tenant, hold, list, decided, before, query } = props
  const undecided = hold.waiting - decided
  const path = (decision: string) => tenantPath(tenant, `/holds/${hold.id}/${decision}`)
  const all = isFiltered(query) ? 'all of this filter' : 'all'
  return (
    <section class="card" aria-labelledby="waiting">
      <h2 id="waiting">
        {plural(hold.people, 'person', 'people')}{' '}
        {undecided > 0 ? <Badge state="warn">Waiting</Badge> : <Badge state="idle">Released</Badge>}
      </h2>
      <Why tenant={tenant} hold={hold} undecided={undecided} />
      <Before tenant={tenant} hold={hold} before={before} />
      <Filters tenant={tenant} query={query} />
      <p class="hint">
        {plural(list.people, 'person', 'people')}, {plural(list.changes, 'change')}
        {isFiltered(query) ? ' of this filter' : ''}.
      </p>
      <Choosing action={path('release')}>
        <Changes tenant={tenant} caption="What waits" subjects={list.subjects} />
        <Deciding isLeft={undecided > 0}>
          <div class="actions">
            <button type="submit">Release chosen</button>
            <button type="submit" formaction={path('discard')} data-kind="quiet">
              Discard chosen
            </button>
          </div>
        </Deciding>
      </Choosing>
      <Pager
        page={query.page}
        total={list.total}
        size={pageSize}
        path={(page) => pathOf(tenant, { ...query, page })}
      />
      <Deciding isLeft={undecided > 0}>
        <h3>{isFiltered(query) ? 'All of this filter' : 'All of it'}</h3>
        <form method="post" action={path('release')}>
          <input type="hidden" name="whole" value="true" />
          <input type="hidden" name="search" value={query.filter.search} />
          <input type="hidden" name="kind" value={query.filter.kind} />
          <div class="actions">
            <button type="submit" data-kind="danger">
              Release {all}
            </button>
            <button type="submit" formaction={path('discard')} data-kind="quiet">
              Discard {all}
            </button>
          </div>
        </form>
        <p class="hint">
          Released: the application is told
          {tenant.settings.guard.delay === 0
            ? ''
            : ` after ${plural(tenant.settings.guard.delay, 'minute')}`}
          . Discarded: it keeps what it sees, until the identity provider speaks of it again.
        </p>
      </Deciding>
    </section>
  )
}

/** Buttons of who may decide, while there is something to decide. */
function Deciding({ isLeft, children }: { readonly isLeft: boolean; readonly children?: Child }) {
  return isLeft ? <For least="approve">{children}</For> : null
}

function Why(props: { readonly tenant: Tenant; readonly hold: Hold; readonly undecided: number }) {
  const { tenant, hold, undecided } = props
  const { lost, base, allowed, cause, tokenLabel } = hold
  const { deactivations, people } = tenant.settings.guard
  const isInside = mayAct(useViewer(), 'view')
  return (
    <>
      <p>
        {reasons[hold.reason]} Since <Time at={hold.openedAt} />, by{' '}
        {cause.provider ? providerNames[cause.provider] : 'the identity provider'}
        {isInside && tokenLabel !== null ? ` with the token “${tokenLabel}”` : ''}
        {isInside ? (
          <>
            , request <code>{cause.requestId}</code>
          </>
        ) : null}
        .{' '}
        {undecided > 0
          ? `${plural(undecided, 'change')} to decide.`
          : 'Nothing is left to decide: all of it is released, and can be taken back until it is told.'}
      </p>
      {lost === null || base === null || allowed === null ? null : (
        <p>
          When it opened: {lost.toLocaleString('en')} of{' '}
          {plural(base, 'active person', 'active people')} within an hour;{' '}
          {allowed.toLocaleString('en')} were allowed. The present settings allow{' '}
          {Math.round(deactivations * 1_000) / 10} %, at most {people.toLocaleString('en')}, never
          fewer than 10.
        </p>
      )}
    </>
  )
}

function Before(props: {
  readonly tenant: Tenant
  readonly hold: Hold
  readonly before: ToldLosses
}) {
  const { tenant, hold, before } = props
  if (before.people === 0) return null
  const { undoable } = before
  return (
    <div>
      <h3>
        {plural(before.people, 'person', 'people')} went through in the same hour before the hold
      </h3>
      {undoable.changes === 0 ? (
        <p class="hint">
          The identity provider has spoken of them since, or the application has them back.
        </p>
      ) : (
        <>
          <p>
            The application was told of them. {plural(undoable.people, 'person', 'people')} can be
            taken back there, until the identity provider speaks of them again.
          </p>
          <For least="approve">
            <form method="post" action={tenantPath(tenant, `/holds/${hold.id}/undo`)}>
              <button type="submit" data-kind="quiet">
                Tell the application to take {undoable.people === 1 ? 'the person' : 'them'} back
              </button>
            </form>
          </For>
        </>
      )}
    </div>
  )
}

function Filters({ tenant, query }: { readonly tenant: Tenant; readonly query: HoldsPageQuery }) {
  return (
    <form
      method="get"
      action={tenantPath(tenant, '/holds')}
      class="filters"
      role="search"
      data-fields="3"
    >
      <Field
        name="search"
        label="Part of the name of a person or team"
        type="search"
        value={query.filter.search}
        more={{ maxlength: 200, autocomplete: 'off' }}
      />
      <Select
        name="kind"
        label="Changes"
        value={query.filter.kind}
        options={[
          ['all', 'All'],
          ['people', 'People who go'],
          ['leaves', 'People who leave teams'],
          ['joins', 'People who join teams'],
          ['teams', 'Teams'],
          ['protected', 'Protected people'],
        ]}
      />
      <Select
        name="order"
        label="Order"
        value={query.order}
        options={[
          ['name', 'By name'],
          ['since', 'The longest first'],
          ['changes', 'The most changes first'],
        ]}
      />
      <button type="submit">Search</button>
    </form>
  )
}
