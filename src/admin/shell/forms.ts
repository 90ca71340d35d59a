/** What the bodies, forms and queries of the administration are made of. */
import type { Context } from 'hono'
import * as z from 'zod/mini'

/** What is taken for nonsense, and for nothing. `z.catch` would bring parts of zod that nobody needs. */
export function otherwise<Schema extends z.ZodMiniType>(schema: Schema, value: z.output<Schema>) {
  return z.pipe(
    z.optional(z.unknown()),
    z.transform((given): z.output<Schema> => {
      const parsed = schema.safeParse(given)
      return parsed.success ? parsed.data : value
    }),
  )
}

export const label = z.string().check(z.trim(), z.maxLength(100))

/** An instant with its offset, as milliseconds since 1970. */
export const futureTime = z.pipe(
  z.iso.datetime({ offset: true }),
  z
    .transform((text: string) => Date.parse(text))
    .check(z.refine((time) => time > Date.now(), 'must be in the future')),
)

/** Before the one with this number, or at the latest. */
export const before = otherwise(
  z.coerce.number().check(z.int(), z.minimum(1)),
  Number.MAX_SAFE_INTEGER,
)

export const search = otherwise(z.string().check(z.trim(), z.maxLength(200)), '')

/** Where a page of the audit begins. */
export const auditPageQuery = z.object({ before })

/** How many entries the JSON API answers at once. */
export const pageSize = z._default(
  z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1_000)),
  100,
)

/** What a list shows: nonsense in the address shows the beginning of the whole list. */
export const listQuery = z.object({
  search,
  state: otherwise(z.enum(['', 'active', 'inactive', 'empty', 'filled']), ''),
  page: otherwise(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100_000)), 1),
})

/** Where a page of a history begins: before the event with this number, or at the latest. */
export const historyQuery = z.object({ before })

/**
 * The fields of a form as text. A field that comes twice counts once, a file counts as absent, and
 * what is no form has no fields.
 */
export async function formOf(c: Context): Promise<Record<string, string>> {
  const fields = await c.req.parseBody().catch(() => ({}))
  return Object.fromEntries(
    Object.entries<unknown>(fields).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
}

/** What is wrong with a form, by the name of the field. */
export function errorsOf(error: z.core.$ZodError): Map<string, string> {
  return new Map(error.issues.map(({ path, message }) => [path.map(String).join('.'), message]))
}
