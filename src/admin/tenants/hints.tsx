/** What the log of tolerances knows of a connection, as sentences with their remedies. */
import type { Child } from 'hono/jsx'
import type { Hints } from '../../activity/hints'
import type { Tenant } from '../../tenants/tenant'
import type { LastCall } from '../../tokens/last-call'
import { plural } from '../shell/components'
import { tenantPath } from '../shell/context'
import { callerOf } from '../guide/caller'
import { manyReads } from '../tokens/live-check'

export function hintsOf(props: {
  readonly tenant: Tenant
  readonly hints: Hints
  readonly lastCall: LastCall | undefined
}): Child[] {
  const { tenant, hints, lastCall } = props
  const { groupsInUser, repeatedComparison } = hints
  const log = tenantPath(tenant, '/activity?outcome=passedOver')
  const list: Child[] = []
  if (lastCall && lastCall.configReads >= manyReads) {
    list.push(
      <p>
        <strong>{callerOf(tenant, lastCall)} reads the configuration and never goes on:</strong>{' '}
        {lastCall.configReads} times, and then asked for no people. Some programs stop there without
        an error: look into the log of the identity provider, whether provisioning is switched on
        there, and whether anybody is assigned.{' '}
        <a href={tenantPath(tenant, '/connection#check')}>To the live check</a>
      </p>,
    )
  }
  if (groupsInUser > 0) {
    list.push(
      <p>
        <strong>Teams come inside people, where they change nothing:</strong> in{' '}
        {plural(groupsInUser, 'request')} lately. Teams change by requests of their own: let the
        identity provider push groups (in ConnId set updateGroupMethod to PATCH).{' '}
        <a href={log}>To the requests</a>
      </p>,
    )
  }
  if (repeatedComparison > 0) {
    list.push(
      <p>
        <strong>A filter asks the same thing twice,</strong> in{' '}
        {plural(repeatedComparison, 'request')} lately: something else was probably meant as well,
        and was not done (ConnId 1.0.5 takes one of several members out so). Compare the teams on
        both sides, and update the connector. <a href={log}>To the requests</a>
      </p>,
    )
  }
  return list
}
