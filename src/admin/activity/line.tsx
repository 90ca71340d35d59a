/** The requests of a page as a dense table. */
import type { HeldChange } from '../../guard/changes'
import type { Tenant } from '../../tenants/tenant'
import { HeldState } from '../guard/both-views'
import { sentenceOf as heldSentence } from '../guard/sentences'
import { LineLink } from '../logs/panel'
import { plural, Table } from '../shell/components'
import { Time } from '../shell/time'
import { titleOf } from './failures'
import { lineText } from './forms'
import type { GroupedActivity } from './group'
import { Outcome, whatOf, Who } from './words'

const columns = ['Time', 'Who', 'What', 'Outcome'] as const

export function ActivityTable(props: {
  readonly tenant: Tenant
  readonly groups: readonly GroupedActivity[]
  /** Name of the line that is shown beside the list; undefined for none. */
  readonly shown: string | undefined
  /** Address of a line, by its name. */
  readonly path: (line: string) => string
}) {
  const { tenant, groups, shown, path } = props
  return (
    <Table
      look="log"
      caption="Requests"
      columns={columns}
      rows={groups.map((group) => {
        const { activity } = group
        const name = lineText(activity.key)
        return [
          <Time at={activity.at} look="clock" />,
          <Who tenant={tenant} activity={activity} />,
          <div>
            <LineLink name={name} path={path(name)} shown={shown}>
              {whatOf(activity)}
            </LineLink>
            <Repeated group={group} />
          </div>,
          <div>
            <Outcome activity={activity} /> <Why group={group} />
          </div>,
        ]
      })}
    />
  )
}

function Repeated({ group: { count, since } }: { readonly group: GroupedActivity }) {
  if (count === 1) return null
  return (
    <span class="second">
      <strong>{plural(count, 'time')}</strong> in a row, first <Time at={since} look="clock" />
    </span>
  )
}

/** The reason in a few words, and its code. */
function Why({ group: { activity } }: { readonly group: GroupedActivity }) {
  const { failure, cause } = activity
  const { passedOver = [] } = cause
  if (failure) {
    return (
      <>
        <span class="why">{titleOf(failure.code)}</span> <code class="second">{failure.code}</code>
      </>
    )
  }
  const text = [...new Set(passedOver.map(({ what }) => what))].join(', ')
  if (text === '') return null
  return <span class="second">passed over: {text}</span>
}

/** Changes from the moment they are made, as long as they are on hold. */
export function HeldTable(props: {
  readonly tenant: Tenant
  readonly held: readonly HeldChange[]
}) {
  const { tenant, held } = props
  return (
    <Table
      look="log"
      caption="Done and held"
      columns={columns}
      rows={held.map((change) => [
        <Time at={change.at} look="clock" />,
        change.userName ?? change.teamName,
        <div>
          {heldSentence(change)} <code class="second">{change.cause.requestId}</code>
        </div>,
        <HeldState tenant={tenant} change={change} />,
      ])}
    />
  )
}
