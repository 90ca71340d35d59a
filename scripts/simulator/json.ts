/** Reading answers of servers that may send anything. */

export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The member with this name, whatever `value` is. */
export function read(value: unknown, ...path: readonly string[]): unknown {
  let present = value
  for (const name of path) {
    if (!isObject(present) || !Object.hasOwn(present, name)) return undefined
    present = present[name]
  }
  return present
}

export function readText(value: unknown, ...path: readonly string[]): string | undefined {
  const found = read(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function readList(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = read(value, ...path)
  return Array.isArray(found) ? found : []
}

/** A number, also when it is written as text; otherwise NaN. */
export function readNumber(value: unknown, ...path: readonly string[]): number {
  const found = read(value, ...path)
  if (typeof found === 'number') return found
  return typeof found === 'string' && found !== '' ? Number(found) : Number.NaN
}

/** The id of a resource. A number does as well: the provider makes text of it. */
export function readId(value: unknown): string | undefined {
  const id = read(value, 'id')
  if (typeof id === 'number') return String(id)
  return typeof id === 'string' && id !== '' ? id : undefined
}

export function parse(text: string): { readonly body: unknown; readonly isJson: boolean } {
  try {
    return { body: JSON.parse(text) as unknown, isJson: true }
  } catch {
    return { body: undefined, isJson: false }
  }
}

/** Characters of an answer that are read. */
const mostText = 20_000_000

/** The text of an answer, up to a limit: some servers never end. What is cut off is no JSON any longer. */
export async function readBody(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  while (text.length <= mostText) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

/** One line that is safe on a terminal: an answer may hold control characters, or be very long. */
export function shorten(text: string, length = 300): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
  return line.length > length ? `${line.slice(0, length)} …` : line
}

/** A value as it stands in a sentence; what is absent has no JSON. */
export function shown(value: unknown, length = 300): string {
  if (value === undefined) return 'absent'
  try {
    return shorten(JSON.stringify(value), length)
  } catch {
    return 'nested too deeply'
  }
}
