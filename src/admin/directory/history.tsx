/** The history of a user or a team, made of its events. */
import { readPassedOver } from '../../activity/about'
import type { Activity } from '../../activity/rows'
import { readHistory, type HistoryPage, type PastEvent } from '../../directory/history'
import { tenantPath, type AdminContext } from '../shell/context'
import { historyQuery } from './forms'
import { Time } from '../shell/time'
import { PassedOverList } from '../activity/passed-over'
import { deedOf } from '../activity/words'
import type { Tenant } from '../../tenants/tenant'
import { Changes, memberName, textOf } from '../shell/values'

/** Events of a page. */
const historyLength = 25

/** One page of the events of a resource, from the place that the address names. */
export function historyOf(c: AdminContext, id: string) {
  const { before } = historyQuery.parse(c.req.query())
  return readHistory(c.env.DB, c.var.tenant, id, { limit: historyLength, before })
}

/** The latest requests about a resource that changed nothing, and passed something over. */
export function passedOverOf(c: AdminContext, id: string, names: readonly string[] = []) {
  return readPassedOver(c.env.DB, c.var.tenant.id, id, names)
}

export function PassedOverRequests(props: {
  readonly id: string
  /** Other names of the person in requests. */
  readonly names?: readonly string[]
  readonly requests: readonly Activity[]
}) {
  const { id, names = [], requests } = props
  if (requests.length === 0) return null
  return (
    <section class="card" aria-labelledby="passed-over">
      <h2 id="passed-over">Done, with something passed over</h2>
      <p>The latest requests of the identity provider that got less than they asked for.</p>
      <ol class="history">
        {requests.map(({ at, cause }) => (
          <li>
            <PassedOverList
              entries={(cause.passedOver ?? []).filter(
                ({ of, what }) => of === id || names.includes(what),
              )}
            />
            <p class="hint">
              <Time at={at} />
              {' · request '}
              <code>{cause.requestId}</code>
            </p>
          </li>
        ))}
      </ol>
    </section>
  )
}

export function History(props: {
  readonly tenant: Tenant
  readonly id: string
  readonly history: HistoryPage
}) {
  const { id } = props
  const { events, older } = props.history
  return (
    <section class="card" aria-labelledby="history">
      <h2 id="history">History</h2>
      {events.length > 0 ? null : (
        <p class="empty">
          {older === undefined
            ? 'No change is recorded.'
            : 'No change is among those looked through; older ones follow on the next page.'}
        </p>
      )}
      <ol class="history">
        {events.map((event) => (
          <li>
            <p>
              <What {...props} event={event} />
            </p>
            {event.memberId === null ? <Changes changes={event.changes} /> : null}
            <PassedOverList entries={event.passedOver.filter(({ of = id }) => of === id)} />
            {event.decision === null ? null : <p class="hint">By {event.decision}.</p>}
            <p class="hint">
              <Time at={event.at} />
              {event.tokenLabel === null ? null : ` · token “${event.tokenLabel || 'unnamed'}”`}
              {' · request '}
              <code>{event.requestId}</code>
            </p>
          </li>
        ))}
      </ol>
      {older === undefined ? null : (
        <p>
          <a href={`?before=${older}#history`}>Older changes</a>
        </p>
      )}
    </section>
  )
}

/** A membership is worded from the side of the page: a user joined a team, a team got a user. */
function What(props: { readonly tenant: Tenant; readonly id: string; readonly event: PastEvent }) {
  const { tenant, id, event } = props
  if (event.memberId === null) {
    return <strong>{deedOf(event.type)}</strong>
  }
  const isJoin = event.type === 'team.member_added'
  if (event.memberId === id) {
    return (
      <>
        <strong>{isJoin ? 'Joined the team' : 'Left the team'}</strong>{' '}
        <a href={tenantPath(tenant, `/teams/${encodeURIComponent(event.resourceId)}`)}>
          {textOf(event.resource['displayName'])}
        </a>
      </>
    )
  }
  return (
    <>
      <strong>{isJoin ? 'New member' : 'Member left'}</strong>{' '}
      <a href={tenantPath(tenant, `/users/${encodeURIComponent(event.memberId)}`)}>
        {memberName(event.changes) ?? event.memberId}
      </a>
    </>
  )
}
