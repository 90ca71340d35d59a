/** The span of time that a page of a log shows, its form, and the addresses of its pages. */
import { exactly, TimeField } from '../shell/time'

/** Times in milliseconds since 1970; undefined for an end that is open. */
export interface Range {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export function RangeFields({ from, to }: Range) {
  return (
    <>
      <TimeField name="from" label="From" at={from} />
      <TimeField name="to" label="Before" at={to} />
    </>
  )
}

/** Says that a page shows a part; `path` is that of all. */
export function Filtered(props: { readonly isFiltered: boolean; readonly path: string }) {
  if (!props.isFiltered) return null
  return (
    <p class="hint">
      Filtered. The address of this page can be shared. <a href={props.path}>Show all</a>
    </p>
  )
}

export function hasRange({ from, to }: Range): boolean {
  return from !== undefined || to !== undefined
}

/** A span as an address has it: no later page begins earlier than the first one ends. */
export function rangeFields({ from, to }: Range): Record<'from' | 'to', string> {
  return { from: exactly(from), to: exactly(to) }
}

/** An address with those of the fields that are not empty. */
export function pathWith(path: string, fields: Readonly<Record<string, string>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== '')
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}

/** The links to older lines, and back to the newest; undefined for none. */
export function Way(props: {
  readonly newest: string | undefined
  readonly older: string | undefined
}) {
  const { newest, older } = props
  if (newest === undefined && older === undefined) return null
  return (
    <nav class="pager" aria-label="Pages">
      {newest === undefined ? null : <a href={newest}>Newest</a>}
      {older === undefined ? null : (
        <a href={older} rel="next">
          Older
        </a>
      )}
    </nav>
  )
}
