/** Parts of the bodies, forms and queries of the administration. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import '../../zod-words'
import { wholeNumber } from '../../http/query'
import { existingTime } from '../../scim/notation/instant'
import { invisibleIn, listCharacters } from '../../scim/text/characters'
import { day } from '../../time'

/** A text of one line that people read in lists and in the audit: nothing in it is invisible, or turns it around. */
export function shownText(longest: number) {
  return z.string().check(
    z.trim(),
    z.maxLength(longest),
    z.refine((text) => invisibleIn(text).length === 0, {
      error: ({ input }) =>
        `has characters that nobody sees: ${listCharacters(invisibleIn(String(input)))}`,
    }),
  )
}

export const label = shownText(100)

/** A text as milliseconds since 1970; one that names no time, or a day that does not exist, is refused with this sentence. */
function existing(sentence: string) {
  return z
    .transform((text: string) => existingTime(text) ?? Number.NaN)
    .check(z.refine((time) => !Number.isNaN(time), sentence))
}

/** An instant with its offset, as milliseconds since 1970. */
export const instant = z.pipe(
  z.iso.datetime({ offset: true }),
  existing('must be a time that exists'),
)

export const futureTime = instant.check(
  z.refine((time) => time > Date.now(), 'must be in the future'),
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
export const position = wholeNumber(1)

/** Pages of the console: entries before the one with this number; without one, the latest. */
export const before = z.catch(position, Number.MAX_SAFE_INTEGER)

const inUtc = 'choose a time that exists'

/** A time as a form has it, in UTC: milliseconds since 1970. */
export const minute = z.pipe(
  z.string().check(z.regex(/^\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d(:\d\d)?$/, inUtc)),
  existing(inUtc),
)

const ofLog = 'must be a time that exists, such as 2026-11-29T08:00:00Z'

/** An end of the span that is read of a log; without an offset it is in UTC, as forms have it. */
const endOfRange = z.pipe(
  z
    .string()
    .check(
      z.regex(/^\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/, ofLog),
    ),
  existing(ofLog),
)

/** The span of an answer of the API. */
export const range = {
  from: z.optional(
    endOfRange.check(
      z.describe('From this time on, such as 2026-11-29T08:00:00Z; without an offset it is UTC.'),
    ),
  ),
  to: z.optional(endOfRange.check(z.describe('Before this time; without an offset it is UTC.'))),
}

/** A field of the form is empty when there is no such end. */
const endInForm = z.optional(
  z.pipe(
    z.transform((text: string) => text || undefined),
    z.optional(endOfRange),
  ),
)

/** The span that a page of a log shows. */
export const rangeOfPage = { from: endInForm, to: endInForm }

interface Span {
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** The check of a query with a span: one that ends before it begins would show nothing of what there is. */
export const isInOrder = z.refine<Span>(
  ({ from, to }) => from === undefined || to === undefined || from < to,
  { path: ['from'], error: 'must be before "to"' },
)

export const search = z.catch(z.string().check(z.trim(), z.maxLength(200)), '')

/** Entries of one answer of the API: 1 to 1,000, and 100 unless the address says otherwise. */
export const limit = z._default(wholeNumber(1, 1_000), 100)

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
