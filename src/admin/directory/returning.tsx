/** People who seem to be back: on their own pages, and among the failures. */
import type { Returning } from '../../activity/returning'
import { idOf } from '../../http/id'
import type { Tenant } from '../../tenants/tenant'
import { plural } from '../shell/components'
import { Time } from '../shell/time'
import { For, tenantPath, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { showRefusal } from '../shell/refusal'
import { handOverForm } from './forms'
import { handOverTo } from './hand-over'

export async function receiveHandOver(c: AdminContext) {
  const form = handOverForm.safeParse(await formOf(c))
  const path = personPath(c.var.tenant, idOf(c))
  if (!form.success) return c.redirect(path, 303)
  const done = await handOverTo(c, idOf(c), form.data.externalId)
  if (!done.ok) return showRefusal(c, done.error)
  return c.redirect(path, 303)
}

function personPath(tenant: Tenant, id: string): string {
  return tenantPath(tenant, `/users/${encodeURIComponent(id)}`)
}

/** What the page of a person says and offers. */
export function SeemsToBeBack(props: {
  readonly tenant: Tenant
  readonly list: readonly Returning[]
}) {
  const { tenant, list } = props
  if (list.length === 0) return null
  return (
    <section class="card" aria-labelledby="back">
      <h2 id="back">Seems to be back</h2>
      <p>
        The identity provider tries to create a person of this user name anew, and is refused: the
        name is taken by this inactive person. If it is the same person, hand the account over. The
        identifier of the new one goes to this person, whose teams and history stay. The provider
        then finds the person by it, and says whether the person is active.
      </p>
      {list.map(({ id, externalId, offered, attempts, latestAt }) => (
        <form method="post" action={`${personPath(tenant, id)}/hand-over`}>
          <p>
            {plural(attempts, 'refused request')}, the last <Time at={latestAt} />, with the
            identifier <code>{offered}</code> in place of{' '}
            {externalId === null ? 'none' : <code>{externalId}</code>}.
          </p>
          <For least="setup">
            <input type="hidden" name="externalId" value={offered} />
            <button type="submit">Hand the account over to {offered}</button>
          </For>
        </form>
      ))}
    </section>
  )
}

/** People behind failures of the kind "user name is taken", with links to their pages. */
export function PeopleBack(props: {
  readonly tenant: Tenant
  readonly list: readonly Returning[]
}) {
  const { tenant, list } = props
  if (list.length === 0) return null
  const people = new Map(list.map(({ id, userName }) => [id, userName]))
  return (
    <p>
      {people.size === 1 ? 'This person seems' : 'These people seem'} to be back:{' '}
      {Array.from(people, ([id, userName], index) => (
        <>
          {index === 0 ? '' : ', '}
          <a href={personPath(tenant, id)}>{userName}</a>
        </>
      ))}
      . The page of each lets you hand the account over.
    </p>
  )
}
