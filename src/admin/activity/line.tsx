/** One request of the log. */
import type { Child } from 'hono/jsx'
import type { ProviderName } from '../../scim/profile'
import type { Activity } from '../../activity/rows'
import { tenantPath } from '../shell/context'
import { titleOf } from './failures'
import type { GroupedActivity } from './group'
import { Badge, CopyButton, plural, Time } from '../shell/components'
import { PassedOverList, toleranceText } from '../shell/passed-over'
import type { Tenant } from '../../tenants/tenant'
import { Changes, memberName, providerNames } from '../shell/values'

/** Changes of one request that are shown. */
const maximumChanges = 10

type Change = NonNullable<Activity['changes']>[number]
type Failure = NonNullable<Activity['failure']>
type Request = NonNullable<Activity['request']>

const sentences = new Map([
  ['user.created', 'Created the user'],
  ['user.updated', 'Changed the user'],
  ['user.deactivated', 'Deactivated the user'],
  ['user.reactivated', 'Reactivated the user'],
  ['user.deleted', 'Deleted the user'],
  ['team.created', 'Created the team'],
  ['team.renamed', 'Renamed the team'],
  ['team.updated', 'Changed the team'],
  ['team.deleted', 'Deleted the team'],
])

const attempts = new Map([
  ['POST', 'Create'],
  ['PUT', 'Change'],
  ['PATCH', 'Change'],
  ['DELETE', 'Delete'],
])

export function ActivityLine(props: {
  readonly tenant: Tenant
  readonly group: GroupedActivity
  /** Number of the line on its page. */
  readonly number: number
  readonly labels: ReadonlyMap<string, string>
}) {
  const { tenant, group, number, labels } = props
  const { activity, count, since } = group
  const { at, cause, failure, request, changes = [] } = activity
  const { provider, tolerated = [], passedOver = [], tokenId, requestId, decision } = cause
  const label = labels.get(tokenId)
  return (
    <li data-outcome={activity.outcome}>
      {failure ? <Failed failure={failure} /> : null}
      {request ? <Done request={request} /> : null}
      {changes.slice(0, maximumChanges).map((change, index) => (
        <Changed tenant={tenant} change={change} isFirst={index === 0} />
      ))}
      {changes.length > maximumChanges ? (
        <p>and {plural(changes.length - maximumChanges, 'more change', 'more changes')}</p>
      ) : null}
      <PassedOverList entries={passedOver} />
      {tolerated.length === 0 ? null : (
        <p class="hint">
          Tolerated:{' '}
          {tolerated.map((name, index) => (
            <>
              {index === 0 ? '' : '; '}
              {toleranceText(name)} (<code>{name}</code>)
            </>
          ))}
        </p>
      )}
      {decision === undefined ? null : <p class="hint">By {decision}.</p>}
      {count === 1 ? null : (
        <p>
          <strong>{plural(count, 'time')}</strong> in a row, first <Time at={since} />.
        </p>
      )}
      <p class="hint meta">
        <Time at={at} /> · {sourceOf(provider, tokenId)}
        {label === undefined ? null : ` · token “${label}”`}
        {' · request '}
        <code id={`request-${number}`}>{requestId}</code>{' '}
        <CopyButton of={`request-${number}`} what={`the request id ${requestId}`} />
      </p>
    </li>
  )
}

/** The cause of a line. Rollcall itself did what no token caused. */
function sourceOf(provider: ProviderName | undefined, tokenId: string): string {
  if (provider) return providerNames[provider]
  return tokenId === '' ? 'Rollcall' : 'Provider not recognized'
}

function Failed({ failure }: { readonly failure: Failure }) {
  const { code, status, detail, subject, path } = failure
  return (
    <>
      <p>
        <Badge state="bad">Failed</Badge> <strong>{attemptText(failure)}</strong>{' '}
        <span class="subject">{subject ?? path}</span>
      </p>
      <p>
        {titleOf(code)} (<code>{code}</code>, status {status})
      </p>
      <p class="reason">{detail}</p>
    </>
  )
}

/** A request that was done, and of which no change tells what was passed over. */
function Done({ request }: { readonly request: Request }) {
  const { subject, path } = request
  return (
    <p>
      <Badge state="warn">Passed over</Badge> <strong>{attemptText(request)}</strong>{' '}
      <span class="subject">{subject ?? path}</span>
    </p>
  )
}

/** The attempt of a request without an event, as far as its method and path tell it. */
function attemptText({ method, path }: Request): string {
  const attempt = attempts.get(method)
  if (path.startsWith('/Bulk')) return 'Do several things at once'
  if (attempt === undefined || !/^\/(Users|Groups)(\/|$)/.test(path)) return `${method} ${path}`
  return `${attempt} the ${path.startsWith('/Users') ? 'user' : 'team'}`
}

function Changed(props: {
  readonly tenant: Tenant
  readonly change: Change
  readonly isFirst: boolean
}) {
  const { tenant, change, isFirst } = props
  return (
    <>
      <p>
        {isFirst ? <Kind type={change.type} /> : null} <What {...{ tenant, change }} />
      </p>
      {change.memberId === null ? <Changes changes={change.changes} /> : null}
    </>
  )
}

function Kind({ type }: { readonly type: string }) {
  return type.endsWith('.expiring') ? (
    <Badge state="warn">Notice</Badge>
  ) : (
    <Badge state="good">Changed</Badge>
  )
}

function What({ tenant, change }: { readonly tenant: Tenant; readonly change: Change }) {
  const { type, resourceId, memberId, name, changes } = change
  if (type.endsWith('.expiring')) {
    const isToken = type === 'token.expiring'
    const path = tenantPath(tenant, isToken ? '/connection#tokens' : '/clients')
    return (
      <>
        <strong>Expires soon: {isToken ? 'the token' : 'a secret of the OAuth client'}</strong>{' '}
        <a href={path}>{name || 'unnamed'}</a>
      </>
    )
  }
  const isGone = type.endsWith('.deleted')
  const section = type.startsWith('user.') ? 'users' : 'teams'
  const resource = isGone ? (
    <span class="subject">{name || resourceId}</span>
  ) : (
    <Resource tenant={tenant} section={section} id={resourceId}>
      {name || resourceId}
    </Resource>
  )
  if (memberId === null) {
    return (
      <>
        <strong>{sentences.get(type) ?? type}</strong> {resource}
      </>
    )
  }
  return (
    <>
      <Resource tenant={tenant} section="users" id={memberId}>
        {memberName(changes) ?? memberId}
      </Resource>{' '}
      <strong>{type === 'team.member_added' ? 'joined the team' : 'left the team'}</strong>{' '}
      {resource}
    </>
  )
}

function Resource(props: {
  readonly tenant: Tenant
  readonly section: 'users' | 'teams'
  readonly id: string
  readonly children?: Child
}) {
  const path = `/${props.section}/${encodeURIComponent(props.id)}`
  return <a href={tenantPath(props.tenant, path)}>{props.children}</a>
}
