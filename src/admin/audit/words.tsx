/** Entries of the audit in words: who did what, and what is different since. */
import type { AuditRecord } from '../../audit/log'
import { readAsset } from '../../http/assets'
import { isObject, type Json } from '../../scim/json'
import { instant } from '../../scim/notation/instant'
import { plural } from '../shell/components'
import { root, type AdminContext } from '../shell/context'
import { Time } from '../shell/time'
import { shortTextOf } from '../shell/values'

/** What was done, in words, by the names of the actions. */
export type Sentences = Readonly<Record<string, string>>

export async function readSentences({ env }: AdminContext): Promise<Sentences> {
  return (await readAsset<Sentences>(env, '/audit.json')) ?? {}
}

export function Who({ entry: { actor, role } }: { readonly entry: AuditRecord }) {
  return (
    <>
      {actor}
      {role === actor ? null : <span class="second"> as {role}</span>}
    </>
  )
}

export function Subject({ entry }: { readonly entry: AuditRecord }) {
  if (entry.action.startsWith('session')) return null
  if (entry.subject === entry.tenant)
    return <a href={`${root}/tenants/${entry.tenant}`}>{entry.subject}</a>
  return entry.label === null ? <code>{entry.subject}</code> : <span>“{entry.label}”</span>
}

/** Attributes before and after; one side is missing for what came or went. */
export function Difference(props: { readonly before: Json; readonly after: Json }) {
  const before = isObject(props.before) ? props.before : {}
  const after = isObject(props.after) ? props.after : {}
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  if (names.length === 0) return null
  return (
    <dl class="values">
      {names.map((name) => (
        <div>
          <dt>{name}</dt>
          <dd>
            {name in before ? (
              <del>
                <Value value={before[name]} />
              </del>
            ) : null}
            {name in before && name in after ? <span aria-hidden="true"> → </span> : null}
            {name in after ? (
              <ins>
                <Value value={after[name]} />
              </ins>
            ) : null}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** An instant as the audit has it; a text that looks like one may be a name. */
function instantOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' && value.endsWith('Z') ? instant(value) : undefined
}

/** A list or an object, such as declared schemas, is folded. */
function Value({ value }: { readonly value: Json | undefined }) {
  const time = instantOf(value)
  if (time !== undefined) return <Time at={time} />
  if (typeof value !== 'object' || value === null) return <>{shortTextOf(value)}</>
  const count = Array.isArray(value) ? value.length : Object.keys(value).length
  if (count === 0) return <>nothing</>
  return (
    <details class="folded">
      <summary>{plural(count, 'entry', 'entries')}</summary>
      <pre tabindex={0} aria-label="All of it">
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  )
}
