/** The holds of a tenant: the changes that wait, those that were discarded, and past holds. */
import type { Hold } from '../../guard/holds'
import type { PeopleList } from '../../guard/review/people'
import type { PlannedRelease } from '../../guard/review/release-schedule'
import type { ToldLosses } from '../../guard/review/undo'
import type { Tenant } from '../../tenants/tenant'
import { Notice, Pager, plural, Table } from '../shell/components'
import { Time } from '../shell/time'
import { For, mayAct, tenantPath, useViewer } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { Changes } from './changes'
import { Choosing, pathOf } from './choosing'
import type { HoldsPageQuery } from './forms'
import { pageSize, reasons, Waiting } from './waiting'

export function Holds(props: {
  readonly tenant: Tenant
  readonly holds: readonly Hold[]
  readonly waiting: PeopleList
  readonly drift: PeopleList
  readonly planned: readonly PlannedRelease[]
  readonly before: ToldLosses
  readonly notice: string | undefined
  readonly query: HoldsPageQuery
}) {
  const { tenant, holds, waiting, drift, planned, before, notice, query } = props
  const open = holds.find(({ closedAt }) => closedAt === null)
  const past = holds.filter(({ closedAt }) => closedAt !== null)
  const decidedOf = ({ id }: Hold) =>
    planned.reduce((sum, { holdId, changes }) => sum + (holdId === id ? changes : 0), 0)
  return (
    <TenantLayout tenant={tenant} section="holds">
      <h1>Holds</h1>
      {notice ? <Notice state={open ? 'warn' : 'good'}>{notice}</Notice> : null}
      {planned.length > 0 ? <Planned tenant={tenant} planned={planned} /> : null}
      {open ? (
        <Waiting
          {...{ tenant, before, query }}
          hold={open}
          list={waiting}
          decided={decidedOf(open)}
        />
      ) : (
        <section class="card" aria-labelledby="waiting">
          <h2 id="waiting">Nothing waits</h2>
          <p>Everything that the identity provider said has reached the application.</p>
        </section>
      )}
      {drift.changes > 0 ? <Drift tenant={tenant} list={drift} query={query} /> : null}
      {past.length > 0 ? <Past holds={past} /> : null}
    </TenantLayout>
  )
}

/** Releases that can still be taken back. */
function Planned(props: { readonly tenant: Tenant; readonly planned: readonly PlannedRelease[] }) {
  const { tenant, planned } = props
  const mayDecide = mayAct(useViewer(), 'approve')
  return (
    <section class="card" aria-labelledby="planned">
      <h2 id="planned">Released, not told yet</h2>
      <Table
        caption="Releases that are not told yet"
        columns={['What', 'By', 'Told from', ...(mayDecide ? ['Decision'] : [])]}
        rows={planned.map(({ id, people, changes, author, tellAt }) => [
          `${plural(people, 'person', 'people')}, ${plural(changes, 'change')}`,
          author.actor,
          <Time at={tellAt} />,
          ...(mayDecide
            ? [
                <form method="post" action={tenantPath(tenant, `/releases/${id}/take-back`)}>
                  <button type="submit" data-kind="quiet">
                    Take back
                  </button>
                </form>,
              ]
            : []),
        ])}
      />
    </section>
  )
}

function Drift(props: {
  readonly tenant: Tenant
  readonly list: PeopleList
  readonly query: HoldsPageQuery
}) {
  const { tenant, list, query } = props
  return (
    <section class="card" aria-labelledby="drift">
      <h2 id="drift">Discarded changes</h2>
      <p>
        Somebody discarded these, or took them back after they were told. The application keeps what
        it sees, until the identity provider speaks of them again.
      </p>
      <Choosing action={tenantPath(tenant, '/drift/release')}>
        <Changes tenant={tenant} caption="Discarded changes" subjects={list.subjects} isDrift />
        <For least="approve">
          <button type="submit" data-kind="quiet">
            Release chosen after all
          </button>
        </For>
      </Choosing>
      <Pager
        page={query.drift}
        total={list.total}
        size={pageSize}
        path={(drift) => pathOf(tenant, { ...query, drift })}
      />
    </section>
  )
}

function Past({ holds }: { readonly holds: readonly Hold[] }) {
  return (
    <section class="card" aria-labelledby="past">
      <h2 id="past">Decided</h2>
      <Table
        caption="Holds of the past"
        columns={['Opened', 'Closed', 'Why', 'Released', 'Discarded', 'Taken back']}
        rows={holds.map((hold) => [
          <Time at={hold.openedAt} />,
          hold.closedAt === null ? '–' : <Time at={hold.closedAt} />,
          reasons[hold.reason],
          String(hold.released),
          String(hold.discarded),
          String(hold.undone),
        ])}
      />
    </section>
  )
}
