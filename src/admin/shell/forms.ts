/** Parts of the bodies, forms and queries of the administration. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import { day } from '../../time'

export const label = z.string().check(z.trim(), z.maxLength(100))

/** An instant with its offset, as milliseconds since 1970. */
export const futureTime = z.pipe(
  z.iso.datetime({ offset: true }),
  z
    .transform((text: string) => Date.parse(text))
    .check(z.refine((time) => time > Date.now(), 'must be in the future')),
)

type Lifetimes = readonly (readonly [days: string, text: string])[]

/** The end of one of these lifetimes, as milliseconds since 1970; null for '', which has none. */
export function expiryIn<const Offered extends Lifetimes>(offered: Offered) {
  type Expiry = '' extends Offered[number][0] ? number | null : number
  return z.pipe(
    z.enum(offered.map(([days]) => days)),
    z.transform((days) => (days === '' ? null : Date.now() + Number(days) * day) as Expiry),
  )
}

/** A number from the address, 1 or more. */
export const position = z.coerce.number().check(z.int(), z.minimum(1))

/** Pages of the console: entries before the one with this number; without one, the latest. */
export const before = z.catch(position, Number.MAX_SAFE_INTEGER)

export const search = z.catch(z.string().check(z.trim(), z.maxLength(200)), '')

/** Entries of one answer of the API: 1 to 1,000, and 100 unless the address says otherwise. */
export const limit = z._default(position.check(z.maximum(1_000)), 100)

/** The last entry of a page that is full, after which more may follow; else undefined. */
export function lastOfFull<T>(page: readonly T[], limit: number): T | undefined {
  return page.length === limit ? page.at(-1) : undefined
}

/**
 * The fields of a form as text. A field that comes twice counts once, a file counts as absent, and
 * a body that is no form has no fields.
 */
export async function formOf(c: Context): Promise<Record<string, string>> {
  const fields = await c.req.parseBody().catch(() => ({}))
  return Object.fromEntries(
    Object.entries<unknown>(fields).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
}

/** The fields of a form with all their texts, for boxes that are ticked. */
export async function listsOf(c: Context): Promise<Record<string, string[]>> {
  const fields = await c.req.parseBody({ all: true }).catch(() => ({}))
  return Object.fromEntries(
    Object.entries<unknown>(fields).map(([name, values]) => [
      name,
      [values].flat().filter((value) => typeof value === 'string'),
    ]),
  )
}

/** The texts of an invalid form, by the name of the field. */
export function errorsOf(error: z.core.$ZodError): Map<string, string> {
  return new Map(error.issues.map(({ path, message }) => [path.map(String).join('.'), message]))
}
