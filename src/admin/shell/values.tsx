/** Values of the directory as people read them, with their changes from one to another. */
import { isObject, type Json, type JsonObject } from '../../scim/json'
import type { ProviderName } from '../../scim/profile'

export const providerNames: Readonly<Record<ProviderName, string>> = {
  onelogin: 'OneLogin',
  okta: 'Okta',
  entra: 'Microsoft Entra ID',
  aws: 'A tool for AWS IAM Identity Center',
}

export function Changes({ changes }: { readonly changes: JsonObject }) {
  const entries = Object.entries(changes)
  if (entries.length === 0) return null
  return (
    <dl class="values">
      {entries.map(([attribute, change]) => (
        <div>
          <dt>{attribute}</dt>
          <dd>
            {isObject(change) ? (
              <>
                <del>{shortTextOf(change['before'])}</del> <span aria-hidden="true">→</span>{' '}
                <ins>{shortTextOf(change['after'])}</ins>
              </>
            ) : (
              shortTextOf(change)
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

/** The user name that the event of a membership quotes; the user may be gone by now. */
export function memberName(changes: JsonObject): string | undefined {
  const members = changes['members']
  if (!isObject(members)) return undefined
  const person = members['after'] ?? members['before']
  const name = isObject(person) ? person['userName'] : undefined
  return typeof name === 'string' ? name : undefined
}

/** UTF-16 units of a value in a list of changes: the JSON of the administration has all of it. */
const shownUnits = 2_000

/** A value as a list of changes shows it. */
export function shortTextOf(value: Json | undefined): string {
  const text = textOf(value)
  return text.length > shownUnits ? `${text.slice(0, shownUnits)}…` : text
}

/**
 * A value within others, a line each, as `name.givenName` and `emails (work)`; without the URN of a schema,
 * which says nothing to whoever looks for a person.
 */
export function linesOf(attributes: JsonObject, within = ''): (readonly [string, string])[] {
  return Object.entries(attributes).flatMap(([attribute, value]) => {
    const name = `${within}${attribute}`
    if (isObject(value)) return linesOf(value, attribute.startsWith('urn:') ? '' : `${name}.`)
    return Array.isArray(value) ? value.map((each) => lineOf(name, each)) : [lineOf(name, value)]
  })
}

/** A value with its type, or a value that has none. */
function lineOf(name: string, value: Json): readonly [string, string] {
  if (!isObject(value) || typeof value['value'] !== 'string') return [name, textOf(value)]
  const { type } = value
  return [typeof type === 'string' ? `${name} (${type})` : name, value['value']]
}

export function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
