/** Holds as pages: the changes that wait, and the operator's decisions. */
import type { ProtectedPerson } from '../../guard/commands'
import { listHolds } from '../../guard/holds'
import { idOf } from '../../http/id'
import { allOk, ok } from '../../result'
import { fold } from '../../scim/filter/match'
import { Field } from '../shell/components'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { listsOf } from '../shell/forms'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { discardChosen, loadChanges, releaseChosen, type ChangesPage, type Chosen } from './decide'
import { changesPageQuery, decisionForm } from './forms'
import { Holds } from './holds'

/** Changes of a page. */
const limit = 200

const notices = new Map([
  ['released', 'Released: the application is told.'],
  ['discarded', 'Discarded: the application keeps what it sees.'],
  ['nothing', 'Nothing was chosen, and nothing was done.'],
])

export async function showHolds(c: AdminContext) {
  const loaded = await load(c)
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [holds, waiting, drift] = loaded.value
  const notice = notices.get(c.req.query('done') ?? '')
  return show(c, <Holds tenant={c.var.tenant} {...{ holds, waiting, drift, notice }} />)
}

function load(c: AdminContext) {
  const { id, openHold } = c.var.tenant
  const page = { ...changesPageQuery.parse(c.req.query()), limit }
  const nothing = Promise.resolve(ok<ChangesPage>({ changes: [], next: null }))
  return allOk([
    listHolds(c.env.DB, id),
    openHold === null ? nothing : loadChanges(c, openHold, page),
    loadChanges(c, undefined, page),
  ])
}

export function receiveRelease(c: AdminContext) {
  return release(c, idOf(c), `/holds/${idOf(c)}/release`)
}

export function receiveDriftRelease(c: AdminContext) {
  return release(c, undefined, '/drift/release')
}

async function release(c: AdminContext, holdId: string | undefined, action: string) {
  const input = await readDecision(c)
  if (!input) return done(c, 'nothing')
  const released = await releaseChosen(c, holdId, input)
  if (released.ok) return done(c, 'released')
  if (released.error.kind !== 'unconfirmed') return showRefusal(c, released.error)
  return showConfirmation(c, action, input, released.error.people)
}

export async function receiveDiscard(c: AdminContext) {
  const input = await readDecision(c)
  if (!input) return done(c, 'nothing')
  const discarded = await discardChosen(c, idOf(c), input)
  return discarded.ok ? done(c, 'discarded') : showRefusal(c, discarded.error)
}

function done(c: AdminContext, notice: string) {
  return c.redirect(tenantPath(c.var.tenant, `/holds?done=${notice}`), 303)
}

/** The decision of a form. Protected people are confirmed by typing their names as they are. */
async function readDecision(c: AdminContext): Promise<Chosen | undefined> {
  const lists = await listsOf(c)
  const form = decisionForm.safeParse(lists)
  if (!form.success) return undefined
  const confirmed = Object.entries(lists).flatMap(([name, [typed = '', ...more]]) => {
    const [, id] = /^typed\.(.+)$/.exec(name) ?? []
    const [expected, ...others] = lists[`name.${id}`] ?? []
    const isOne = more.length + others.length === 0
    return id !== undefined &&
      expected !== undefined &&
      isOne &&
      fold(typed.trim()) === fold(expected)
      ? [id]
      : []
  })
  return { some: form.data, confirmed }
}

function showConfirmation(
  c: AdminContext,
  action: string,
  { some }: Pick<Chosen, 'some'>,
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
