/** Components that the pages are made of. */
import type { Child } from 'hono/jsx'
import { isLive } from '../../tokens/limited-credential'
import { makeFormNumber } from './stale/form-number'

/** Texts of wrong fields, by the name of the field. */
export type FieldErrors = ReadonlyMap<string, string>

export function Notice(props: {
  readonly state: 'good' | 'bad' | 'warn'
  readonly children?: Child
}) {
  return (
    <div class="notice" data-state={props.state} role={props.state === 'bad' ? 'alert' : 'status'}>
      {props.children}
    </div>
  )
}

/** The number of a form that makes a secret (sent twice, it makes one: `once.ts`) or a tenant: it says when its page was made. */
export function FormNumber() {
  return <input type="hidden" name="form" value={makeFormNumber()} autocomplete="off" />
}

export function Field(props: {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly value?: string
  readonly type?: 'text' | 'password' | 'number' | 'search' | 'datetime-local'
  readonly isRequired?: boolean
  readonly errors?: FieldErrors
  readonly more?: Readonly<Record<string, string | number | boolean>>
}) {
  const { name, label, hint } = props
  const error = props.errors?.get(name)
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint ? (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      ) : null}
      <input
        id={name}
        name={name}
        type={props.type ?? 'text'}
        value={props.value ?? ''}
        required={props.isRequired ?? false}
        {...(described ? { 'aria-describedby': described } : {})}
        {...(error ? { 'aria-invalid': 'true' } : {})}
        {...props.more}
      />
      {error ? (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      ) : null}
    </div>
  )
}

/** Text of several lines. */
export function Lines(props: {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly value: string
  readonly errors: FieldErrors
}) {
  const { name, hint } = props
  const error = props.errors.get(name)
  return (
    <div class="field">
      <label for={name}>{props.label}</label>
      <p class="hint" id={`${name}-hint`}>
        {hint}
      </p>
      <textarea
        id={name}
        name={name}
        rows={4}
        spellcheck={false}
        aria-describedby={`${name}-hint`}
        {...(error ? { 'aria-invalid': 'true' } : {})}
      >
        {props.value}
      </textarea>
      {error ? <p class="error">{error}</p> : null}
    </div>
  )
}

export function Select(props: {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly value?: string | undefined
  readonly options: readonly (readonly [value: string, label: string])[]
}) {
  const { name, hint } = props
  return (
    <div class="field">
      <label for={name}>{props.label}</label>
      {hint ? (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      ) : null}
      <select id={name} name={name} {...(hint ? { 'aria-describedby': `${name}-hint` } : {})}>
        {props.options.map(([value, label]) => (
          <option value={value} selected={value === (props.value ?? '')}>
            {label}
          </option>
        ))}
      </select>
    </div>
  )
}

/** One choice among a few, each with a sentence that says what it does. */
export function Choice(props: {
  readonly name: string
  readonly legend: string
  readonly value: string
  readonly options: readonly (readonly [value: string, label: string, hint: string])[]
}) {
  return (
    <fieldset class="choice">
      <legend>{props.legend}</legend>
      {props.options.map(([value, label, hint]) => (
        <label>
          <input type="radio" name={props.name} value={value} checked={value === props.value} />
          <span>
            <strong>{label}</strong>
            {hint === '' ? null : <span class="hint">{hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

/** A value to copy. The button needs the script; without it the text can be selected. */
export function CopyField(props: {
  readonly id: string
  readonly label: string
  readonly value: string
}) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      <div class="copy">
        <input id={props.id} type="text" value={props.value} readonly spellcheck={false} />
        <CopyButton of={props.id} what={props.label} />
      </div>
    </div>
  )
}

export function CopyButton(props: { readonly of: string; readonly what: string }) {
  return (
    <button type="button" data-copy={props.of} data-kind="quiet" hidden>
      <span aria-live="polite">Copy</span>
      <span class="unseen"> {props.what}</span>
    </button>
  )
}

/** A table that becomes a list of cards on a narrow screen; the roles keep its meaning there. */
export function Table(props: {
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Child[])[]
  /** Class of the table. */
  readonly look?: 'log'
}) {
  return (
    <table role="table" {...(props.look ? { class: props.look } : {})}>
      <caption class="unseen">{props.caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {props.columns.map((column) => (
            <th scope="col" role="columnheader">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {props.rows.map(([first, ...rest]) => (
          <tr role="row">
            <th scope="row" role="rowheader">
              {first}
            </th>
            {rest.map((cell, index) => (
              <td role="cell" data-label={props.columns[index + 1] ?? ''}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export function Badge(props: {
  readonly state: 'good' | 'bad' | 'warn' | 'idle'
  readonly children?: Child
}) {
  return (
    <span class="badge" data-state={props.state}>
      {props.children}
    </span>
  )
}

/** The state of a key, a secret or a token of an operator: live, expired or revoked. */
export function LiveBadge(props: {
  readonly of: Parameters<typeof isLive>[0]
  readonly now: number
}) {
  if (props.of.revokedAt !== null) return <Badge state="bad">Revoked</Badge>
  if (!isLive(props.of, props.now)) return <Badge state="bad">Expired</Badge>
  return <Badge state="good">Live</Badge>
}

/** The way to the next page, of lists whose length is not counted. */
export function NextPage(props: { readonly path: string; readonly text: string }) {
  return (
    <nav class="pager" aria-label="Pages">
      <a href={props.path} rel="next">
        {props.text}
      </a>
    </nav>
  )
}

/** The way through a list whose length is counted. */
export function Pager(props: {
  readonly page: number
  readonly total: number
  readonly size: number
  readonly path: (page: number) => string
}) {
  const { page, total, size, path } = props
  const last = Math.max(1, Math.ceil(total / size))
  if (last === 1) return null
  return (
    <nav class="pager" aria-label="Pages">
      {page > 1 ? (
        <a href={path(Math.min(page - 1, last))} rel="prev">
          Previous
        </a>
      ) : null}
      <span>
        Page {page} of {last}
      </span>
      {page < last ? (
        <a href={path(page + 1)} rel="next">
          Next
        </a>
      ) : null}
    </nav>
  )
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
