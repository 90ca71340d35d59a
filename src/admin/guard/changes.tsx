/** A table of changes that wait or were discarded, with a box to choose each. */
import { accessOf, effectOf } from './effect'
import type { HeldChange } from '../../guard/changes'
import { mayAct, useViewer } from '../shell/context'
import { Badge, Table, Time } from '../shell/components'
import { providerNames } from '../shell/values'

export function Changes(props: {
  readonly caption: string
  readonly changes: readonly HeldChange[]
  readonly isDrift?: boolean
}) {
  const mayChoose = mayAct(useViewer(), 'operator')
  return (
    <Table
      caption={props.caption}
      columns={['Who or what', 'Change', 'Access', 'Since']}
      rows={props.changes.map((change) => [
        <Subject change={change} mayChoose={mayChoose} />,
        props.isDrift ? driftOf(change) : sentenceOf(change),
        <Access change={change} />,
        <Time at={change.at} />,
      ])}
    />
  )
}

/** A box to choose the person, or the team where the change is about no person. */
function Subject({
  change,
  mayChoose,
}: {
  readonly change: HeldChange
  readonly mayChoose: boolean
}) {
  const { userId, teamId } = change
  const name = userId === '' ? change.teamName : change.userName
  const shown = name ?? (userId || teamId)
  if (!mayChoose) return <span>{shown}</span>
  return (
    <label class="pick">
      <input type="checkbox" name={userId === '' ? 'teams' : 'people'} value={userId || teamId} />
      {shown}
    </label>
  )
}

function Access({ change }: { readonly change: HeldChange }) {
  switch (accessOf(change)) {
    case 'gains':
      return <Badge state="good">Gains</Badge>
    case 'loses':
      return <Badge state="bad">Loses</Badge>
    case null:
      return <span>–</span>
  }
}

function sentenceOf(change: HeldChange): string {
  const team = change.teamName ?? change.teamId
  switch (effectOf(change)) {
    case 'user.created':
      return 'Is new'
    case 'user.updated':
      return 'Is changed'
    case 'user.deactivated':
      return 'Is deactivated'
    case 'user.deleted':
      return 'Is deleted'
    case 'team.member_added':
      return `Joins the team ${team}`
    case 'team.member_removed':
      return `Leaves the team ${team}`
    case 'team.created':
      return 'The team is new'
    case 'team.updated':
      return 'The team is changed'
    case 'team.deleted':
      return 'The team is deleted'
  }
}

/** For example “OneLogin says inactive, application says active”. */
function driftOf(change: HeldChange): string {
  const { provider } = change.cause
  const who = provider ? providerNames[provider] : 'Identity provider'
  const team = change.teamName ?? change.teamId
  const [says, sees] = statesOf(effectOf(change), team)
  return `${who} says ${says}, application says ${sees}`
}

function statesOf(effect: ReturnType<typeof effectOf>, team: string): readonly [string, string] {
  switch (effect) {
    case 'user.created':
    case 'team.created':
      return ['present', 'unknown']
    case 'user.updated':
    case 'team.updated':
      return ['changed', 'as before']
    case 'user.deactivated':
      return ['inactive', 'active']
    case 'user.deleted':
    case 'team.deleted':
      return ['deleted', 'present']
    case 'team.member_added':
      return [`in ${team}`, 'not in it']
    case 'team.member_removed':
      return [`not in ${team}`, 'in it']
  }
}
