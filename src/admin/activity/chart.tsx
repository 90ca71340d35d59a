/** A chart of changes and failures per day, drawn on the server, with its figures as a table. */
import type { DayCount } from '../../activity/counts'
import { plural, Table } from '../shell/components'

const dayWidth = 10
const height = 100
/** Height of the smallest bar, so that it is visible beside days with many times as much. */
const leastHeight = 2

export function Chart({ days }: { readonly days: readonly DayCount[] }) {
  const highest = Math.max(1, ...days.map(({ changes, failures }) => changes + failures))
  const first = days[0]
  const last = days.at(-1)
  const busy = days.filter(({ changes, failures }) => changes + failures > 0)
  return (
    <figure class="chart">
      <p class="legend">
        <span class="key-changes">Changes</span> <span class="key-failures">Failures</span>{' '}
        <span class="hint">per day, at most {highest.toLocaleString('en')}</span>
      </p>
      <svg
        viewBox={`0 0 ${days.length * dayWidth} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary(days)}
      >
        {days.map((day, index) => (
          <Bar day={day} x={index * dayWidth} highest={highest} />
        ))}
      </svg>
      <p class="ends hint">
        <span>{first ? dateOf(first.at) : ''}</span>
        <span>{last ? dateOf(last.at) : ''} (UTC)</span>
      </p>
      {busy.length === 0 ? null : (
        <details>
          <summary>The same as a table</summary>
          <Table
            caption="Changes and failures of each day on which something happened"
            columns={['Day', 'Changes', 'Failures']}
            rows={busy
              .toReversed()
              .map(({ at, changes, failures }) => [
                dateOf(at),
                changes.toLocaleString('en'),
                failures.toLocaleString('en'),
              ])}
          />
        </details>
      )}
    </figure>
  )
}

function Bar(props: { readonly day: DayCount; readonly x: number; readonly highest: number }) {
  const { day, x, highest } = props
  const heightOf = (count: number) =>
    count === 0 ? 0 : Math.max(leastHeight, Math.round((count / highest) * (height - leastHeight)))
  const changes = heightOf(day.changes)
  const failures = heightOf(day.failures)
  return (
    <g>
      <title>{`${dateOf(day.at)}: ${counted(day.changes, day.failures)}`}</title>
      <rect class="ground" x={x} y={0} width={dayWidth} height={height} />
      <rect class="changes" x={x + 1} y={height - changes} width={dayWidth - 2} height={changes} />
      <rect
        class="failures"
        x={x + 1}
        y={height - changes - failures}
        width={dayWidth - 2}
        height={failures}
      />
    </g>
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
  return `The last ${days.length} days: ${counted(changes, failures)}.${most}`
}

function counted(changes: number, failures: number): string {
  return `${plural(changes, 'change')} and ${plural(failures, 'failure')}`
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
