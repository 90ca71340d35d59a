/** Requests of the log in words: whom they were about, what they did, and what came of them. */
import type { Child } from 'hono/jsx'
import type { Activity } from '../../activity/rows'
import type { EventType } from '../../database/schema/event-types'
import type { ProviderName } from '../../scim/profile'
import type { Tenant } from '../../tenants/tenant'
import { Badge, plural } from '../shell/components'
import { tenantPath } from '../shell/context'
import { memberName, providerNames } from '../shell/values'

export type Change = NonNullable<Activity['changes']>[number]
type Request = NonNullable<Activity['request']>

const sentences: Readonly<Record<EventType, string>> = {
  'user.created': 'Created the user',
  'user.updated': 'Changed the user',
  'user.deactivated': 'Deactivated the user',
  'user.reactivated': 'Reactivated the user',
  'user.deleted': 'Deleted the user',
  'team.created': 'Created the team',
  'team.renamed': 'Renamed the team',
  'team.updated': 'Changed the team',
  'team.deleted': 'Deleted the team',
  'team.member_added': 'Joined the team',
  'team.member_removed': 'Left the team',
  'hold.opened': 'Opened a hold: changes wait',
  'hold.released': 'Released changes of a hold',
  'hold.discarded': 'Discarded changes of a hold',
  'hold.undone': 'Took back what was told before a hold',
  'token.expiring': 'The token expires soon',
  'secret.expiring': 'A secret of the OAuth client expires soon',
  'log.restarted': 'The log begins again',
}

const attempts = new Map([
  ['POST', 'Create'],
  ['PUT', 'Change'],
  ['PATCH', 'Change'],
  ['DELETE', 'Delete'],
])

/** What an event did, on the page of whom it did it to: "Created". */
export function deedOf(type: string): string {
  return (Object.entries(sentences).find(([name]) => name === type)?.[1] ?? type).replace(
    / the \w+$/,
    '',
  )
}

/** What one change did; of a membership with the name of the team. */
export function sentenceOf({ type, memberId, name, resourceId, changes }: Change): string {
  const sentence = sentences[type]
  if (memberId !== null) return `${sentence} ${name || resourceId}`
  const attributes = type.endsWith('.updated') ? Object.keys(changes) : []
  return attributes.length === 0 ? sentence : `${sentence}: ${attributes.join(', ')}`
}

/** The change that a request is named by: a decision before what it did. */
function mainOf({ changes = [] }: Activity): Change | undefined {
  return changes.find(({ type }) => type.startsWith('hold.')) ?? changes[0]
}

/** What a request did, or tried to do. */
export function whatOf(activity: Activity): string {
  const { failure, request, changes = [] } = activity
  const tried = failure ?? request
  if (tried) return attemptText(tried)
  const first = mainOf(activity)
  if (!first) return 'Nothing'
  const others = changes.length - 1
  const sentence = sentenceOf(first)
  if (activity.isPart)
    return `${sentence}, and more changes, at least ${others.toLocaleString('en')}`
  return others === 0
    ? sentence
    : `${sentence}, and ${plural(others, 'more change', 'more changes')}`
}

/** The attempt of a request without an event, as far as its method and path tell it. */
function attemptText({ method, path }: Omit<Request, 'subject' | 'status'>): string {
  const attempt = attempts.get(method)
  if (path.startsWith('/Bulk')) return 'Do several things at once'
  if (attempt === undefined || !/^\/(Users|Groups)(\/|$)/.test(path)) return `${method} ${path}`
  return `${attempt} the ${path.startsWith('/Users') ? 'user' : 'team'}`
}

/** Pages of what is neither a person nor a team. */
const pages = new Map([
  ['hold', '/holds'],
  ['token', '/connection#tokens'],
  ['secret', '/clients'],
])

/** The person or team of a change, by which it is told apart from the others of its request. */
export function Subject({ tenant, change }: { readonly tenant: Tenant; readonly change: Change }) {
  const { type, resourceId, memberId, name, changes } = change
  if (type === 'log.restarted') return null
  const page = pages.get(type.split('.')[0] ?? '')
  if (page !== undefined)
    return (
      <a href={tenantPath(tenant, page)}>
        {name || (type.startsWith('hold.') ? 'Holds' : 'unnamed')}
      </a>
    )
  if (memberId !== null) {
    return (
      <Resource tenant={tenant} section="users" id={memberId}>
        {memberName(changes) ?? memberId}
      </Resource>
    )
  }
  if (type.endsWith('.deleted')) return <span class="subject">{name || resourceId}</span>
  return (
    <Resource
      tenant={tenant}
      section={type.startsWith('user.') ? 'users' : 'teams'}
      id={resourceId}
    >
      {name || resourceId}
    </Resource>
  )
}

/** Whom a request was about. */
export function Who({
  tenant,
  activity,
}: {
  readonly tenant: Tenant
  readonly activity: Activity
}) {
  const { failure, request } = activity
  const tried = failure ?? request
  if (!tried) {
    const first = mainOf(activity)
    return first ? <Subject tenant={tenant} change={first} /> : null
  }
  const { path, subject } = tried
  const [, section, id] = /^\/(Users|Groups)\/([^/?]+)$/.exec(path) ?? []
  const name = subject ?? path
  // Whom a request names by id may be gone, or never have been there.
  if (id === undefined || subject === null) return <span class="subject">{name}</span>
  return (
    <Resource tenant={tenant} section={section === 'Users' ? 'users' : 'teams'} id={id}>
      {name}
    </Resource>
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

export function Outcome({ activity }: { readonly activity: Activity }) {
  const { outcome } = activity
  if (outcome === 'failed') return <Badge state="bad">Failed</Badge>
  if (outcome === 'passedOver') return <Badge state="warn">Passed over</Badge>
  return /^(token|secret|hold|log)\./.test(mainOf(activity)?.type ?? '') ? (
    <Badge state="warn">Notice</Badge>
  ) : (
    <Badge state="good">Changed</Badge>
  )
}

/** The cause of a line. Rollcall itself did what no token caused. */
export function sourceOf({ cause: { provider, tokenId } }: Activity): string {
  const named: ProviderName | undefined = provider
  if (named) return providerNames[named]
  return tokenId === '' ? 'Rollcall' : 'Provider not recognized'
}
