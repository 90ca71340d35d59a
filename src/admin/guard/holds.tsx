/** The holds of a tenant: the changes that wait, those that were discarded, and past holds. */
import type { Child } from 'hono/jsx'
import type { Hold } from '../../guard/holds'
import type { Tenant } from '../../tenants/tenant'
import { Badge, NextPage, Notice, plural, Table, Time } from '../shell/components'
import { For, mayAct, tenantPath, useViewer } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { providerNames } from '../shell/values'
import { Changes } from './changes'
import type { ChangesPage } from './decide'

const reasons: Readonly<Record<Hold['reason'], string>> = {
  losses: 'More people would be lost within an hour than this tenant allows.',
  review: 'Changes of teams wait for a review in this tenant.',
  protected: 'Protected people would be lost.',
  together: 'The application still knows somebody else by a name that was given away.',
}

export function Holds(props: {
  readonly tenant: Tenant
  readonly holds: readonly Hold[]
  readonly waiting: ChangesPage
  readonly drift: ChangesPage
  readonly notice: string | undefined
}) {
  const { tenant, holds, waiting, drift, notice } = props
  const open = holds.find(({ closedAt }) => closedAt === null)
  const past = holds.filter(({ closedAt }) => closedAt !== null)
  return (
    <TenantLayout tenant={tenant} section="holds">
      <h1>Holds</h1>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {open ? (
        <Waiting tenant={tenant} hold={open} page={waiting} />
      ) : (
        <section class="card" aria-labelledby="waiting">
          <h2 id="waiting">Nothing waits</h2>
          <p>Everything that the identity provider said has reached the application.</p>
        </section>
      )}
      {drift.changes.length > 0 ? <Drift tenant={tenant} page={drift} /> : null}
      {past.length > 0 ? <Past holds={past} /> : null}
    </TenantLayout>
  )
}

function Waiting(props: {
  readonly tenant: Tenant
  readonly hold: Hold
  readonly page: ChangesPage
}) {
  const { tenant, hold, page } = props
  const path = (decision: string) => tenantPath(tenant, `/holds/${hold.id}/${decision}`)
  const { provider } = hold.cause
  return (
    <section class="card" aria-labelledby="waiting">
      <h2 id="waiting">
        {plural(hold.people, 'person', 'people')} <Badge state="warn">Waiting</Badge>
      </h2>
      <p>
        {reasons[hold.reason]} Since <Time at={hold.openedAt} />, by{' '}
        {provider ? providerNames[provider] : 'the identity provider'}, request{' '}
        <code>{hold.cause.requestId}</code>. {plural(hold.waiting, 'change')} to decide.
      </p>
      <Choosing action={path('release')}>
        <Changes caption="What waits" changes={page.changes} />
        <For least="operator">
          <div class="actions">
            <button type="submit">Release chosen</button>
            <button type="submit" formaction={path('discard')} data-kind="quiet">
              Discard chosen
            </button>
          </div>
        </For>
      </Choosing>
      <More tenant={tenant} page={page} />
      <For least="operator">
        <h3>All of it</h3>
        <form method="post" action={path('release')}>
          <input type="hidden" name="whole" value="true" />
          <div class="actions">
            <button type="submit" data-kind="danger">
              Release all
            </button>
            <button type="submit" formaction={path('discard')} data-kind="quiet">
              Discard all
            </button>
          </div>
        </form>
        <p class="hint">
          Released: the application is told. Discarded: it keeps what it sees, until the identity
          provider speaks of it again.
        </p>
      </For>
    </section>
  )
}

/** A form for viewers who may decide; others have nothing to send. */
function Choosing(props: { readonly action: string; readonly children?: Child }) {
  if (!mayAct(useViewer(), 'operator')) return <div>{props.children}</div>
  return (
    <form method="post" action={props.action}>
      {props.children}
    </form>
  )
}

function Drift(props: { readonly tenant: Tenant; readonly page: ChangesPage }) {
  const { tenant, page } = props
  return (
    <section class="card" aria-labelledby="drift">
      <h2 id="drift">Discarded changes</h2>
      <p>
        The application sees these as you decided, until the identity provider speaks of them again.
      </p>
      <Choosing action={tenantPath(tenant, '/drift/release')}>
        <Changes caption="Discarded changes" changes={page.changes} isDrift />
        <For least="operator">
          <button type="submit" data-kind="quiet">
            Release chosen after all
          </button>
        </For>
      </Choosing>
      <More tenant={tenant} page={page} />
    </section>
  )
}

function More({ tenant, page }: { readonly tenant: Tenant; readonly page: ChangesPage }) {
  if (page.next === null) return null
  return <NextPage path={tenantPath(tenant, `/holds?after=${page.next}`)} text="Next" />
}

function Past({ holds }: { readonly holds: readonly Hold[] }) {
  return (
    <section class="card" aria-labelledby="past">
      <h2 id="past">Decided</h2>
      <Table
        caption="Holds of the past"
        columns={['Opened', 'Closed', 'Why', 'Released', 'Discarded']}
        rows={holds.map((hold) => [
          <Time at={hold.openedAt} />,
          hold.closedAt === null ? '–' : <Time at={hold.closedAt} />,
          reasons[hold.reason],
          String(hold.released),
          String(hold.discarded),
        ])}
      />
    </section>
  )
}
