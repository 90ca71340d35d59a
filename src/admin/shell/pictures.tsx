/**
 * Pictures that the server draws: columns, lines and measures, each with its figures as a table. Colours
 * are those of the page, so that they are right in light, dark and print.
 */
import type { Child } from 'hono/jsx'
import { Table } from './components'
import { Time } from './time'

const width = 10
const height = 100
/** Height of the smallest column, so that it is visible beside others with many times as much. */
const leastHeight = 2

export interface Series {
  readonly name: string
  /** `changes` and `failures` are colours of their own. */
  readonly look: 'changes' | 'failures' | 'third'
}

export interface Point {
  /** The time in words and in UTC, for example a day. */
  readonly label: string
  /** The time itself, for one that is shown in the zone of whoever looks. */
  readonly at?: number
  readonly values: readonly number[]
}

interface PictureProps {
  readonly series: readonly Series[]
  readonly points: readonly Point[]
  /** Beside the legend, such as "per day". */
  readonly unit: string
  /** The picture in a sentence. */
  readonly summary: string
  readonly caption: string
  /** Name of the first column of the table. */
  readonly first: string
  /** A value as it is read; by default a number. */
  readonly say?: (value: number) => string
}

/** Stacked columns. */
export function Columns(props: PictureProps) {
  const { points, series } = props
  const highest = Math.max(1, ...points.map(({ values }) => sum(values)))
  return (
    <Picture {...props} shown={highest}>
      {points.map((point, index) => {
        let top = height
        return (
          <g>
            <title>{titleOf(props, point)}</title>
            <rect class="ground" x={index * width} y={0} width={width} height={height} />
            {series.map(({ look }, place) => {
              const tall = heightOf(point.values[place] ?? 0, highest)
              top -= tall
              return (
                <rect class={look} x={index * width + 1} y={top} width={width - 2} height={tall} />
              )
            })}
          </g>
        )
      })}
    </Picture>
  )
}

/** A line over an area, of one series; it begins at 0. */
export function Line(props: PictureProps) {
  const { points, series } = props
  const highest = Math.max(1, ...points.map(({ values }) => values[0] ?? 0))
  const line = points
    .map(
      ({ values: [count = 0] }, index) =>
        `${index * width + width / 2},${height - heightOf(count, highest)}`,
    )
    .join(' ')
  const end = (points.length - 1) * width + width / 2
  return (
    <Picture {...props} shown={highest}>
      <polygon class="area" points={`${width / 2},${height} ${line} ${end},${height}`} />
      <polyline class={`line ${series[0]?.look}`} points={line} />
      {points.map((point, index) => (
        <g>
          <title>{titleOf(props, point)}</title>
          <rect class="ground" x={index * width} y={0} width={width} height={height} />
        </g>
      ))}
    </Picture>
  )
}

/** A measure beside the limit that it must not pass. */
export function Measure(props: {
  readonly label: Child
  readonly value: number
  readonly limit: number
  readonly text: string
}) {
  const { value, limit } = props
  const whole = Math.max(value, limit, 1) * 1.15
  return (
    <div class="measure">
      <p>
        {props.label} <span class="hint">{props.text}</span>
      </p>
      <svg
        viewBox={`0 0 ${height} 8`}
        preserveAspectRatio="none"
        role="img"
        aria-label={props.text}
      >
        <rect class="rest" x={0} y={0} width={height} height={8} />
        <rect
          class={value >= limit ? 'failures' : 'changes'}
          x={0}
          y={0}
          width={(value / whole) * height}
          height={8}
        />
        <rect class="limit" x={(limit / whole) * height - 0.4} y={0} width={0.8} height={8} />
      </svg>
    </div>
  )
}

function Picture(props: PictureProps & { readonly shown: number; readonly children?: Child }) {
  const { series, points, unit, summary, caption, first, shown } = props
  const say = props.say ?? plain
  const busy = points.filter(({ values }) => sum(values) > 0)
  return (
    <figure class="chart">
      <p class="legend">
        {series.map(({ name, look }) => (
          <span class={`key-${look}`}>{name}</span>
        ))}{' '}
        <span class="hint">
          {busy.length === 0 ? `${unit}: none` : `${unit}, at most ${say(shown)}`}
        </span>
      </p>
      <svg
        viewBox={`0 0 ${Math.max(points.length, 1) * width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary}
      >
        {props.children}
      </svg>
      <p class="ends hint">
        {[points[0], points.at(-1)].map((point) => (
          <span>{point ? <Moment of={point} /> : ''}</span>
        ))}
      </p>
      {busy.length === 0 ? null : (
        <details>
          <summary>The same as a table</summary>
          <Table
            caption={caption}
            columns={[first, ...series.map(({ name }) => name)]}
            rows={busy
              .toReversed()
              .map((point) => [<Moment of={point} />, ...point.values.map(say)])}
          />
        </details>
      )}
    </figure>
  )
}

/** Days are those of UTC. */
function Moment({ of: { at, label } }: { readonly of: Point }) {
  return at === undefined ? <>{label} UTC</> : <Time at={at} />
}

function titleOf({ series, say = plain }: PictureProps, { label, values }: Point): string {
  return `${label} UTC: ${series.map(({ name }, index) => `${name} ${say(values[index] ?? 0)}`).join(', ')}`
}

function heightOf(count: number, highest: number): number {
  if (count === 0) return 0
  return Math.max(leastHeight, Math.round((count / highest) * (height - leastHeight)))
}

function sum(values: readonly number[]): number {
  return values.reduce((whole, value) => whole + value, 0)
}

function plain(value: number): string {
  return value.toLocaleString('en')
}
