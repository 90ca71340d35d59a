/** Placeholders and checks of the recorded sequences. */
import { expect } from 'vitest'

/** An expectation of a step at one place of the answer. */
export interface Check {
  readonly path: string
  readonly eq?: unknown
  readonly ne?: unknown
  readonly length?: number
  readonly contains?: unknown
  readonly absent?: boolean
  readonly notEmpty?: boolean
  readonly type?: string
  /** The `value` of each entry of a list, in any order. */
  readonly values?: readonly string[]
}

/** `{{name}}` → its value. */
export function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values.get(name) ?? whole)
}

/** The value at `$.a[0].b` or `$['a:b'].c`. */
export function read(body: unknown, path: string): unknown {
  const steps = path.matchAll(/\.([\w$]+)|\[(\d+)\]|\['([^']+)'\]/g)
  let value = body
  for (const [, name, index, quoted] of steps) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, name ?? index ?? quoted ?? '')
  }
  return value
}

export function check(
  body: unknown,
  wanted: Check,
  values: ReadonlyMap<string, string>,
  shown: string,
): void {
  const value = read(body, wanted.path)
  const filled = (item: unknown) => (typeof item === 'string' ? fill(item, values) : item)
  const where = `${wanted.path} of ${shown}`
  if ('eq' in wanted) expect(value, where).toEqual(filled(wanted.eq))
  if ('ne' in wanted) expect(value, where).not.toEqual(filled(wanted.ne))
  if (wanted.length !== undefined) expect(value, where).toHaveLength(wanted.length)
  if ('contains' in wanted) expect(value, where).toContain(filled(wanted.contains))
  if (wanted.absent) expect(value, where).toBeUndefined()
  if (wanted.notEmpty) expect(value, where).toBeTruthy()
  if (wanted.values) {
    const entries = value as readonly { readonly value: unknown }[]
    expect(entries.map((entry) => entry.value).sort(), where).toEqual(
      wanted.values.map(filled).sort(),
    )
  }
  if (wanted.type !== undefined) expect(typeof value, where).toBe(wanted.type)
}
