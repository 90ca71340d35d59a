/** People lost within the hour beside what the guard lets go, as a measure and as a table. */
import type { Child } from 'hono/jsx'
import type { Losses } from '../../guard/review/losses'
import { plural, Table } from '../shell/components'
import { Measure } from '../shell/pictures'

export function LossMeasure(props: { readonly label: Child; readonly losses: Losses }) {
  const { lost, allowed } = props.losses
  if (allowed === undefined) {
    return (
      <p>
        {props.label}: {lost} lost; the guard lets any number go.
      </p>
    )
  }
  const text = `${plural(lost, 'person', 'people')} lost within the hour; more than ${allowed.toLocaleString('en')} are held`
  return <Measure label={props.label} value={lost} limit={allowed} text={text} />
}

export function LossTable({
  of,
}: {
  readonly of: readonly (Losses & { readonly name: string })[]
}) {
  if (of.length === 0) return null
  return (
    <details class="after">
      <summary>The same as a table</summary>
      <Table
        caption="People lost within the hour"
        columns={['Tenant', 'Lost', 'More are held than']}
        rows={of.map(({ name, lost, allowed }) => [
          name,
          lost.toLocaleString('en'),
          allowed === undefined ? 'any number goes' : allowed.toLocaleString('en'),
        ])}
      />
    </details>
  )
}
