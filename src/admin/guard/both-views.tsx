/** Both views of a person or a team: what the provider said, what the application sees, and the hold. */
import type { HeldChange } from '../../guard/changes'
import type { Tenant } from '../../tenants/tenant'
import { Badge, Table } from '../shell/components'
import { Time } from '../shell/time'
import { tenantPath } from '../shell/context'
import { providerNames } from '../shell/values'
import { effectOf } from './effect'
import { sentenceOf, statesOf } from './sentences'

/** Changes about one person or team that a page shows. */
export const aboutLimit = 200

/** What the application sees otherwise, of the person or team of a page. */
export function BothViews(props: {
  readonly tenant: Tenant
  readonly changes: readonly HeldChange[]
  /** True on the page of a team, where a change of a member is told with the person. */
  readonly ofTeam?: boolean
}) {
  const { tenant, changes, ofTeam = false } = props
  if (changes.length === 0) return null
  return (
    <section class="card" aria-labelledby="views">
      <h2 id="views">The application sees this otherwise</h2>
      <Table
        caption="What the application sees otherwise"
        columns={['Change', 'Provider says', 'Application sees', 'State', 'Since']}
        rows={changes.map((change) => {
          const team = ofTeam ? 'the team' : (change.teamName ?? change.teamId)
          const [says, sees] = statesOf(effectOf(change), team)
          const { provider } = change.cause
          return [
            ofTeam && change.kind === 'member'
              ? memberSentence(tenant, change)
              : sentenceOf(change),
            `${provider ? providerNames[provider] : 'Identity provider'}: ${says}`,
            sees,
            <HeldState tenant={tenant} change={change} />,
            <Time at={change.at} />,
          ]
        })}
      />
    </section>
  )
}

function memberSentence(tenant: Tenant, { change, userId, userName }: HeldChange) {
  const path = `/users/${encodeURIComponent(userId)}`
  return (
    <>
      <a href={tenantPath(tenant, path)}>{userName ?? userId}</a>{' '}
      {change === 'add' ? 'joins' : 'leaves'}
    </>
  )
}

export function HeldState(props: { readonly tenant: Tenant; readonly change: HeldChange }) {
  const { tenant, change } = props
  switch (change.state) {
    case 'held':
      return (
        <a href={tenantPath(tenant, '/holds')}>
          <Badge state="warn">On hold</Badge>
        </a>
      )
    case 'drift':
      return (
        <a href={tenantPath(tenant, '/holds')}>
          <Badge state="idle">Discarded</Badge>
        </a>
      )
    case 'kept':
      return <Badge state="idle">Name kept</Badge>
  }
}

/** People or teams that the provider deleted and the application still has, below a list. */
export function Gone(props: {
  readonly tenant: Tenant
  readonly of: 'users' | 'teams'
  readonly changes: readonly HeldChange[]
}) {
  const { tenant, of, changes } = props
  if (changes.length === 0) return null
  return (
    <>
      <h2>Deleted by the identity provider, still seen by the application</h2>
      <Table
        caption={`Deleted ${of} that the application still sees`}
        columns={['Name', 'State', 'Since']}
        rows={changes.map((change) => [
          <a href={tenantPath(tenant, `/${of}/${change.userId || change.teamId}`)}>
            {(of === 'users' ? change.userName : change.teamName) ?? change.userId}
          </a>,
          <HeldState tenant={tenant} change={change} />,
          <Time at={change.at} />,
        ])}
      />
    </>
  )
}
