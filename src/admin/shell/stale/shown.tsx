/**
 * What a form showed of stored values, by digests in a field of its own. A form that stood open while somebody changed
 * what it shows is refused and says what that was; sent once more, it is saved over it.
 */
import { Notice } from '../components'

/** Digests by the name of the field: of what is stored, and of what stands for it where that is another text. */
export type Digests = ReadonlyMap<string, readonly string[]>

/** The name of the field. */
export const shownName = 'shown'

export function Shown({ shown }: { readonly shown: string }) {
  return <input type="hidden" name={shownName} value={shown} autocomplete="off" />
}

export function writeShown(digests: Digests): string {
  return Array.from(digests, ([name, list]) => `${name}:${list.join('/')}`).join(' ')
}

/** What is no such text showed nothing. */
export function readShown(text: string | undefined): Digests {
  return new Map(
    (text ?? '').split(' ').flatMap((part) => {
      const [, name, list] = /^([\w.]{1,60}):([\w/]{1,60})$/.exec(part) ?? []
      return name === undefined || list === undefined ? [] : [[name, list.split('/')]]
    }),
  )
}

/** The text of a field as it is compared: browsers send lines with two characters between them. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim()
}

export interface Comparison {
  /** Fields that are stored otherwise than was shown, and than was entered. */
  readonly meanwhile: readonly string[]
  /** Fields that were entered otherwise than was shown. */
  readonly typed: ReadonlySet<string>
}

/** Compares the fields that were entered, by their digests, with what was shown and with what is stored. */
export function compare(
  shown: Digests,
  present: Digests,
  entered: ReadonlyMap<string, string>,
): Comparison {
  const names = Array.from(entered.keys()).filter((name) => present.has(name))
  const has = (digests: Digests, name: string) =>
    digests.get(name)?.includes(entered.get(name) ?? '') ?? false
  return {
    meanwhile: names.filter(
      (name) => present.get(name)?.[0] !== shown.get(name)?.[0] && !has(present, name),
    ),
    typed: new Set(names.filter((name) => !has(shown, name))),
  }
}

/** A field that was changed while a form stood open. */
export interface ChangedField {
  readonly label: string
  /** What is stored now, as a person reads it. */
  readonly now: string
  /** Whether the form says something else on purpose, which is kept in it. */
  readonly isTyped: boolean
}

const longest = 200

/** Tells what was changed meanwhile. `audit` is the address of the page that says who did it. */
export function ChangedMeanwhile(props: {
  readonly fields: readonly ChangedField[] | undefined
  readonly audit: string
}) {
  const { fields, audit } = props
  if (fields === undefined) return null
  return (
    <Notice state="bad">
      <h2>Changed meanwhile: nothing was saved</h2>
      <p>What is stored is no longer what this page showed:</p>
      <ul>
        {fields.map(({ label, now, isTyped }) => (
          <li>
            <strong>{label}</strong>{' '}
            {now.length > longest || now.includes('\n')
              ? 'was changed. '
              : now === ''
                ? 'is now empty. '
                : `is now “${now}”. `}
            {isTyped ? 'Yours is in the form.' : ''}
          </li>
        ))}
      </ul>
      <p>
        What you have changed is still in the form, and all else is as it is now. Save it once more
        to put yours over it. <a href={audit}>The audit says who changed it.</a>
      </p>
    </Notice>
  )
}
