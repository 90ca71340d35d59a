/** A chart of changes and failures per day. */
import type { DayCount } from '../../activity/counts'
import { plural } from '../shell/components'
import { Columns } from '../shell/pictures'

export function Chart({ days }: { readonly days: readonly DayCount[] }) {
  return (
    <Columns
      series={[
        { name: 'Changes', look: 'changes' },
        { name: 'Failures', look: 'failures' },
      ]}
      points={days.map(({ at, changes, failures }) => ({
        label: dateOf(at),
        values: [changes, failures],
      }))}
      unit="per day"
      first="Day"
      caption="Changes and failures of each day on which something happened"
      summary={summary(days)}
    />
  )
}

function summary(days: readonly DayCount[]): string {
  const changes = days.reduce((sum, day) => sum + day.changes, 0)
  const failures = days.reduce((sum, day) => sum + day.failures, 0)
  const worst = days.toSorted((left, right) => right.failures - left.failures)[0]
  const most =
    worst && worst.failures > 0
      ? ` Most failures, ${worst.failures}, were on ${dateOf(worst.at)}.`
      : ''
  return `The last ${days.length} days: ${plural(changes, 'change')} and ${plural(failures, 'failure')}.${most}`
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
