/** What waits for the operator's decision, and what was decided otherwise than the provider says. */
import type { Child } from 'hono/jsx'
import { wakeDeliveries } from '../../webhooks/wake'
import { discard, release, type ProtectedPerson } from '../../guard/commands'
import { fold } from '../../scim/filter/match'
import { readChanges, type HeldChange, type Selection } from '../../guard/changes'
import { listHolds, type Hold } from '../../guard/holds'
import {
  authorOf,
  For,
  mayAct,
  show,
  tenantPath,
  useViewer,
  type AdminContext,
} from '../shell/context'
import { Changes } from './changes'
import { TenantLayout } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { Badge, Field, Notice, plural, Table, Time } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'
import { providerNames } from '../shell/values'
import { holdForm, holdQuery } from './forms'

/** As many changes a page shows. */
const pageLength = 200

const notices = new Map([
  ['released', 'Released: the application is told.'],
  ['discarded', 'Discarded: the application keeps what it sees.'],
  ['nothing', 'Nothing was chosen, and nothing was done.'],
])

export async function showHolds(c: AdminContext) {
  const { tenant } = c.var
  const { after } = holdQuery.parse(c.req.query())
  const options = { after, limit: pageLength, isWhole: false }
  const read = (holdId: string | undefined) =>
    readChanges(c.env.DB, tenant.id, { holdId, some: undefined }, options)
  const [found, waiting, drift] = await Promise.all([
    listHolds(c.env.DB, tenant.id),
    tenant.openHold === null ? undefined : read(tenant.openHold),
    read(undefined),
  ])
  if (!found.ok) return showRefusal(c, found.error)
  if (waiting && !waiting.ok) return showRefusal(c, waiting.error)
  if (!drift.ok) return showRefusal(c, drift.error)
  return show(
    c,
    <Holds
      tenant={tenant}
      holds={found.value}
      waiting={waiting?.value ?? []}
      drift={drift.value}
      notice={notices.get(c.req.query('done') ?? '')}
    />,
  )
}

export async function receiveRelease(c: AdminContext) {
  return receiveWish(c, c.req.param('id'), `/holds/${c.req.param('id')}/release`)
}

export async function receiveDriftRelease(c: AdminContext) {
  return receiveWish(c, undefined, '/drift/release')
}

async function receiveWish(c: AdminContext, holdId: string | undefined, action: string) {
  const { tenant } = c.var
  const input = await readWish(c, holdId)
  if (!input) return c.redirect(tenantPath(tenant, '/holds?done=nothing'), 303)
  const { selection, typed } = input
  const confirmed = Array.from(typed.keys())
  const done = await release(c.env.DB, tenant, { selection, author: authorOf(c), confirmed })
  if (done.ok) {
    c.executionCtx.waitUntil(wakeDeliveries(c.env, tenant.id))
    return c.redirect(tenantPath(tenant, '/holds?done=released'), 303)
  }
  if (done.error.kind !== 'unconfirmed') return showRefusal(c, done.error)
  return showConfirmation(c, action, selection, done.error.people)
}

export async function receiveDiscard(c: AdminContext) {
  const { tenant } = c.var
  const holdId = c.req.param('id')
  if (holdId === undefined) return showNotFound(c)
  const input = await readWish(c, holdId)
  if (!input) return c.redirect(tenantPath(tenant, '/holds?done=nothing'), 303)
  const selection = { ...input.selection, holdId }
  const done = await discard(c.env.DB, tenant, { selection, author: authorOf(c) })
  if (!done.ok) return showRefusal(c, done.error)
  return c.redirect(tenantPath(tenant, '/holds?done=discarded'), 303)
}

/** What a form chooses, and the protected people whose name was typed as it is. */
async function readWish(c: AdminContext, holdId: string | undefined) {
  const fields: Record<string, unknown> = await c.req.parseBody({ all: true }).catch(() => ({}))
  const list = (field: unknown) => [field].flat().filter((one) => typeof one === 'string')
  const form = holdForm.safeParse({
    whole: fields['whole'] ?? 'false',
    people: list(fields['people']),
    teams: list(fields['teams']),
  })
  if (!form.success) return undefined
  const { whole, people, teams } = form.data
  if (!whole && people.length + teams.length === 0) return undefined
  const selection: Selection = { holdId, some: whole ? undefined : { people, teams } }
  const typed = new Map<string, string>()
  for (const [name, text] of Object.entries(fields)) {
    const [, kind, id] = /^(typed|name)\.(.+)$/.exec(name) ?? []
    if (kind !== 'typed' || id === undefined || typeof text !== 'string') continue
    const expected = fields[`name.${id}`]
    if (typeof expected === 'string' && fold(text.trim()) === fold(expected)) typed.set(id, text)
  }
  return { selection, typed }
}

function showConfirmation(
  c: AdminContext,
  action: string,
  { some }: Selection,
  people: readonly ProtectedPerson[],
) {
  const { tenant } = c.var
  return show(
    c,
    <TenantLayout tenant={tenant} section="holds" title="Protected people">
      <section class="card narrow">
        <h1>Release protected people?</h1>
        <p>
          They lose something for good with this release. Type the user name of each to confirm that
          it is meant.
        </p>
        <form method="post" action={tenantPath(tenant, action)}>
          <input type="hidden" name="whole" value={some ? 'false' : 'true'} />
          {some?.people.map((id) => (
            <input type="hidden" name="people" value={id} />
          ))}
          {some?.teams.map((id) => (
            <input type="hidden" name="teams" value={id} />
          ))}
          {people.map(({ id, userName }) => (
            <>
              <input type="hidden" name={`name.${id}`} value={userName} />
              <Field
                name={`typed.${id}`}
                label={userName}
                isRequired
                more={{ autocomplete: 'off', spellcheck: 'false' }}
              />
            </>
          ))}
          <div class="actions">
            <button type="submit" data-kind="danger">
              Release them
            </button>
            <a href={tenantPath(tenant, '/holds')}>Keep them</a>
          </div>
        </form>
      </section>
    </TenantLayout>,
    409,
  )
}

const reasons: Readonly<Record<Hold['reason'], string>> = {
  losses: 'More people would be lost within an hour than this tenant allows.',
  review: 'Changes of teams wait for a review in this tenant.',
  protected: 'Protected people would be lost.',
}

function Holds(props: {
  readonly tenant: Tenant
  readonly holds: readonly Hold[]
  readonly waiting: readonly HeldChange[]
  readonly drift: readonly HeldChange[]
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
        <Waiting tenant={tenant} hold={open} changes={waiting} />
      ) : (
        <section class="card" aria-labelledby="waiting">
          <h2 id="waiting">Nothing waits</h2>
          <p>Everything that the identity provider said has reached the application.</p>
        </section>
      )}
      {drift.length > 0 ? <Drift tenant={tenant} changes={drift} /> : null}
      {past.length > 0 ? <Past holds={past} /> : null}
    </TenantLayout>
  )
}

function Waiting(props: {
  readonly tenant: Tenant
  readonly hold: Hold
  readonly changes: readonly HeldChange[]
}) {
  const { tenant, hold, changes } = props
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
        <Changes caption="What waits" changes={changes} />
        <For least="operator">
          <div class="actions">
            <button type="submit">Release chosen</button>
            <button type="submit" formaction={path('discard')} data-kind="quiet">
              Discard chosen
            </button>
          </div>
        </For>
      </Choosing>
      <More tenant={tenant} changes={changes} />
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

/** A form for whom may decide; for others there is nothing to send. */
function Choosing(props: { readonly action: string; readonly children?: Child }) {
  if (!mayAct(useViewer(), 'operator')) return <div>{props.children}</div>
  return (
    <form method="post" action={props.action}>
      {props.children}
    </form>
  )
}

function Drift(props: { readonly tenant: Tenant; readonly changes: readonly HeldChange[] }) {
  const { tenant, changes } = props
  return (
    <section class="card" aria-labelledby="drift">
      <h2 id="drift">Decided otherwise</h2>
      <p>
        The application sees these as you decided, until the identity provider speaks of them again.
      </p>
      <Choosing action={tenantPath(tenant, '/drift/release')}>
        <Changes caption="Decided otherwise" changes={changes} isDrift />
        <For least="operator">
          <button type="submit" data-kind="quiet">
            Release chosen after all
          </button>
        </For>
      </Choosing>
      <More tenant={tenant} changes={changes} />
    </section>
  )
}

function More(props: { readonly tenant: Tenant; readonly changes: readonly HeldChange[] }) {
  const last = props.changes.length === pageLength ? props.changes.at(-1) : undefined
  if (!last) return null
  return (
    <nav class="pager" aria-label="Pages">
      <a href={tenantPath(props.tenant, `/holds?after=${last.teamId}.${last.userId}`)} rel="next">
        Next
      </a>
    </nav>
  )
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
