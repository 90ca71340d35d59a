/** The JSON of a request as the log keeps it: without secrets, and cut. Pure. */
import { type Json, type JsonObject } from '../scim/json'
import { isSecretName, notKept, withoutSecrets } from '../scim/text/secrets'

/** Characters of a text that is kept, values in all, values of a list, levels, characters of a value. */
const maximumText = 4_000
const maximumValues = 300
const maximumList = 20
const maximumDepth = 8
const maximumValue = 300

/**
 * JSON text of at most 4,000 characters. Values of attributes that are named like secrets are left out, in
 * paths and filters as well; lists and texts are cut; a mark says where. A text that was cut is no longer JSON.
 */
export function redactedText(body: Json): string {
  const left = { values: maximumValues }
  const text = JSON.stringify(redact(body, 0, left), null, 1)
  return text.length > maximumText ? `${text.slice(0, maximumText)}… (cut off)` : text
}

function redact(value: Json, depth: number, left: { values: number }): Json {
  left.values -= 1
  if (typeof value === 'string') return redactText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= maximumDepth || left.values <= 0) return '… (cut off)'
  if (Array.isArray(value)) {
    const kept = value.slice(0, maximumList).map((item) => redact(item, depth + 1, left))
    const others = value.length - kept.length
    return others > 0 ? [...kept, `… and ${others} more`] : kept
  }
  return redactObject(value, depth, left)
}

/** Text may be a path, a filter, or JSON that is taken for an object. */
function redactText(text: string): string {
  if (/^\s*[[{]/.test(text) && isSecretName(text)) return notKept
  const kept = withoutSecrets(text.slice(0, maximumValue))
  return text.length > maximumValue ? `${kept}… (cut off)` : kept
}

/** The value of a PATCH operation is a secret when its path names one; names may be paths as well. */
function redactObject(object: JsonObject, depth: number, left: { values: number }): JsonObject {
  const entries = Object.entries(object)
  const isOfSecret = entries.some(
    ([name, value]) => /^path$/i.test(name) && isSecretName(JSON.stringify(value)),
  )
  const kept = entries.slice(0, Math.max(left.values, 1)).map(([name, value]) => {
    const isSecret = isSecretName(name) || (isOfSecret && /^value$/i.test(name))
    const shown = withoutSecrets(name.slice(0, maximumValue))
    return [shown, isSecret ? notKept : redact(value, depth + 1, left)]
  })
  if (kept.length < entries.length) kept.push(['…', `${entries.length - kept.length} more`])
  return Object.fromEntries(kept) as JsonObject
}
