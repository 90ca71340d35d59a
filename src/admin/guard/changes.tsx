/** Tables of people and teams with their changes that wait or were discarded: a box for each change. */
import { accessOf, effectOf } from './effect'
import type { HeldChange } from '../../guard/changes'
import type { Subject } from '../../guard/review/people'
import type { Tenant } from '../../tenants/tenant'
import { Badge, plural, Table } from '../shell/components'
import { Time } from '../shell/time'
import { mayAct, tenantPath, useViewer } from '../shell/context'
import { providerNames } from '../shell/values'
import { placeText } from './decide'
import { sentenceOf, statesOf } from './sentences'

export function Changes(props: {
  readonly tenant: Tenant
  readonly caption: string
  readonly subjects: readonly Subject[]
  readonly isDrift?: boolean
}) {
  const { tenant, subjects, isDrift = false } = props
  return (
    <Table
      caption={props.caption}
      columns={['Who or what', 'Change', 'Access', 'Since']}
      rows={subjects.map((subject) => [
        <Name tenant={tenant} subject={subject} />,
        <ChangesOf subject={subject} isDrift={isDrift} />,
        <AccessOf changes={subject.changes} />,
        <Time at={subject.since} />,
      ])}
    />
  )
}

function Name({ tenant, subject }: { readonly tenant: Tenant; readonly subject: Subject }) {
  const { userId, teamId, isInDirectory, isProtected } = subject
  const name = shownName(subject)
  const page = userId === '' ? `/teams/${teamId}` : `/users/${userId}`
  const isLinked = isInDirectory && mayAct(useViewer(), 'view')
  return (
    <span>
      {isLinked ? <a href={tenantPath(tenant, page)}>{name}</a> : name}{' '}
      {isProtected ? <Badge state="warn">Protected</Badge> : null}
    </span>
  )
}

function shownName({ name, userId, teamId }: Subject): string {
  return name ?? (userId || teamId)
}

/** Changes of a person or team; several unfold. */
function ChangesOf({ subject, isDrift }: { readonly subject: Subject; readonly isDrift: boolean }) {
  const { changes, count } = subject
  const name = shownName(subject)
  const [only, ...others] = changes
  const box = (change: HeldChange) => <Box change={change} name={name} isDrift={isDrift} />
  if (only && others.length === 0 && count === 1) return box(only)
  return (
    <details>
      <summary>{plural(count, 'change')}</summary>
      <ul class="plain">
        {changes.map((change) => (
          <li>{box(change)}</li>
        ))}
      </ul>
      {changes.length < count ? (
        <p class="hint">
          {plural(count - changes.length, 'more change')}: search for {name} to see them.
        </p>
      ) : null}
    </details>
  )
}

/** The change in words, with a box to choose it for those who may decide. */
function Box(props: {
  readonly change: HeldChange
  readonly name: string
  readonly isDrift: boolean
}) {
  const { change, name, isDrift } = props
  const text = isDrift ? driftOf(change) : sentenceOf(change)
  if (change.tellAt !== null) {
    return (
      <span>
        {text} <Badge state="idle">Released</Badge> told from <Time at={change.tellAt} />
      </span>
    )
  }
  if (!mayAct(useViewer(), 'approve')) return <span>{text}</span>
  return (
    <label class="pick">
      <input type="checkbox" name="changes" value={placeText(change)} />
      <span>
        {text}
        <span class="unseen">: {name}</span>
      </span>
    </label>
  )
}

function AccessOf({ changes }: { readonly changes: readonly HeldChange[] }) {
  const kinds = new Set(changes.map(accessOf))
  const shown = changes.filter((change) => kinds.delete(accessOf(change)) && accessOf(change))
  if (shown.length === 0) return <span>–</span>
  return (
    <span>
      {shown.map((change) => (
        <Access change={change} />
      ))}
    </span>
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

/** For example “OneLogin says inactive, application says active”. */
function driftOf(change: HeldChange): string {
  const { provider } = change.cause
  const who = provider ? providerNames[provider] : 'Identity provider'
  const team = change.teamName ?? change.teamId
  const [says, sees] = statesOf(effectOf(change), team)
  return `${who} says ${says}, application says ${sees}`
}
