/** A line of a log in full, beside the list; on a narrow screen it is the page. */
import type { Child } from 'hono/jsx'
import type { AdminContext } from '../shell/context'

/** The script asks for the panel alone. */
const partHeader = 'Rollcall-Part'

export function wantsPanelAlone(c: AdminContext): boolean {
  return c.req.header(partHeader) === 'line'
}

/** The list, and the panel beside it if there is one. */
export function Beside(props: { readonly panel: Child; readonly children?: Child }) {
  return (
    <div class="beside">
      <div class="list">{props.children}</div>
      {props.panel}
    </div>
  )
}

/** The link to a line, which opens beside the list. `name` is that of the line, as the address has it. */
export function LineLink(props: {
  readonly name: string
  readonly path: string
  /** Name of the line that is shown; undefined for none. */
  readonly shown: string | undefined
  readonly children?: Child
}) {
  const { name, path, shown } = props
  return (
    <a
      href={path}
      data-line={name}
      {...(name === shown ? { 'aria-current': 'true' as const } : {})}
    >
      {props.children}
    </a>
  )
}

/** `close` is the address of the list without the line. `gone` says that the line is no longer kept. */
export function Panel(props: {
  readonly close: string
  readonly gone: string | undefined
  readonly children?: Child
}) {
  const { close, gone } = props
  return (
    <section id="line" class="card" tabindex={-1} aria-labelledby="line-title">
      <p class="hint">
        <a href={close} data-close>
          Close
        </a>{' '}
        <kbd>Esc</kbd> · other lines <kbd>↑</kbd> <kbd>↓</kbd>
      </p>
      {gone === undefined ? (
        props.children
      ) : (
        <>
          <h2 id="line-title">No longer kept</h2>
          <p class="empty">{gone}</p>
        </>
      )}
    </section>
  )
}

/** A name and its value in the panel. */
export function Row(props: { readonly name: string; readonly children?: Child }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  )
}
