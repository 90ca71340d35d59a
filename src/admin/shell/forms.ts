/** The bodies and forms that the administration accepts. */
import type { Context } from 'hono'
import * as z from 'zod/mini'
import { day } from '../../time'
import { tenantExtensions } from '../tenants/extension-form'

/** What is taken for nonsense, and for nothing. `z.catch` would bring parts of zod that nobody needs. */
function otherwise<Schema extends z.ZodMiniType>(schema: Schema, value: z.output<Schema>) {
  return z.pipe(
    z.optional(z.unknown()),
    z.transform((given): z.output<Schema> => {
      const parsed = schema.safeParse(given)
      return parsed.success ? parsed.data : value
    }),
  )
}

const slug = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      'use 1 to 63 of a-z, 0-9 and - (not at an end)',
    ),
  )

const name = z.string().check(z.trim(), z.minLength(1), z.maxLength(200))

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

const search = otherwise(z.string().check(z.trim(), z.maxLength(200)), '')

function daysBetween(least: number, most: number) {
  return z.optional(z.number().check(z.int(), z.minimum(least), z.maximum(most)))
}

export const newTenant = z.strictObject({
  slug,
  name,
  database: z.optional(z.string().check(z.maxLength(100))),
})

export const newToken = z.strictObject({
  label: z._default(label, ''),
  expiresAt: z.nullish(futureTime),
})

/** Settings may also come with dotted names, as the documentation writes them. */
export const tenantChange = z.pipe(
  z.transform(undot),
  z.strictObject({
    name: z.optional(name),
    enabled: z.optional(z.boolean()),
    rules: z.optional(
      z.strictObject({
        name: z.optional(z.enum(['reject', 'allow'])),
        email: z.optional(z.enum(['reject', 'lowercase', 'allow'])),
      }),
    ),
    guard: z.optional(
      z.strictObject({
        deactivations: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
        teams: z.optional(z.enum(['apply', 'review'])),
        protected: z.optional(
          z
            .array(z.string().check(z.trim(), z.minLength(1), z.maxLength(320)))
            .check(z.maxLength(100)),
        ),
      }),
    ),
    profile: z.optional(z.enum(['auto', 'onelogin', 'okta', 'entra', 'rfc'])),
    retention: z.optional(
      z.strictObject({ activity: daysBetween(1, 365), events: daysBetween(7, 3650) }),
    ),
    extensions: z.optional(tenantExtensions),
  }),
)

const dotted = new Map([
  ['rules.name', ['rules', 'name']],
  ['rules.email', ['rules', 'email']],
  ['guard.deactivations', ['guard', 'deactivations']],
  ['guard.teams', ['guard', 'teams']],
  ['retention.activity', ['retention', 'activity']],
  ['retention.events', ['retention', 'events']],
  ['guard.protected', ['guard', 'protected']],
] as const)

function undot(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const parts = new Map<string, unknown>(Object.entries(body))
  for (const [key, [group, setting]] of dotted) {
    if (!parts.has(key)) continue
    const present = parts.get(group)
    const rest = typeof present === 'object' && present !== null ? present : {}
    parts.set(group, { ...rest, [setting]: parts.get(key) })
    parts.delete(key)
  }
  return Object.fromEntries(parts)
}

export const signIn = z.object({
  secret: z.string().check(z.trim(), z.minLength(1)),
  next: z.optional(z.string()),
})

/** The console's form of a new token: an expiry is chosen in days. */
export const tokenForm = z.strictObject({
  label,
  days: z.pipe(
    z.enum(['', '30', '90', '180', '365']),
    z.transform((days) => (days === '' ? null : Date.now() + Number(days) * day)),
  ),
})

/** A link lasts at most this long. */
const longestLink = 90 * day

const linkRole = z.enum(['view', 'setup'])

export interface LinkWish {
  readonly label: string
  readonly role: z.infer<typeof linkRole>
  readonly expiresAt: number
}

export const newLink = z.strictObject({
  label: z._default(label, ''),
  role: linkRole,
  expiresAt: futureTime.check(
    z.refine((time) => time <= Date.now() + longestLink, 'must be within 90 days'),
  ),
})

export const linkForm = z.strictObject({
  label,
  role: linkRole,
  days: z.pipe(
    z.enum(['1', '7', '30', '90']),
    z.transform((days) => Date.now() + Number(days) * day),
  ),
})

/** The secret of a link, behind the name of its database unless that is the main one. */
export const openForm = z.object({
  code: z.string().check(z.trim(), z.regex(/^(?:DB_\w+\.)?link_[0-9A-Za-z]{43}$/)),
})

/** Where a page of the audit begins. */
export const auditPageQuery = z.object({ before })

/** How many entries the JSON API answers at once. */
export const pageSize = z._default(
  z.coerce.number().check(z.int(), z.minimum(1), z.maximum(1_000)),
  100,
)

const chosen = z.array(z.string().check(z.maxLength(100))).check(z.maxLength(1_000))

/** What is chosen of a hold; with names typed to confirm protected people. */
export const holdForm = z.object({
  whole: z.pipe(
    z.enum(['true', 'false']),
    z.transform((text) => text === 'true'),
  ),
  people: chosen,
  teams: chosen,
})

/** `team.person`: a place in a hold. */
export const holdPlace = z.pipe(
  z.string().check(z.regex(/^[\w-]{0,100}\.[\w-]{0,100}$/)),
  z.transform((text: string) => {
    const [teamId = '', userId = ''] = text.split('.')
    return { teamId, userId }
  }),
)

/** Where a page of a hold begins. */
export const holdQuery = z.object({ after: otherwise(holdPlace, { teamId: '', userId: '' }) })

/** The settings of the guard as the console's form has them: a share in percent, names in lines. */
export function readGuard(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { 'guard.deactivations': percent, 'guard.protected': lines, ...others } = fields
  const names = typeof lines === 'string' ? lines.split('\n').map((line) => line.trim()) : undefined
  return {
    ...others,
    ...(typeof percent === 'string' ? { 'guard.deactivations': Number(percent) / 100 } : {}),
    ...(names ? { 'guard.protected': names.filter((line) => line !== '') } : {}),
  }
}

/** The switch of a tenant. */
export const enabledForm = z.strictObject({ enabled: z.enum(['true', 'false']) })

/** What a list shows: nonsense in the address shows the beginning of the whole list. */
export const listQuery = z.object({
  search,
  state: otherwise(z.enum(['', 'active', 'inactive', 'empty', 'filled']), ''),
  page: otherwise(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100_000)), 1),
})

/** Where a page of a history begins: before the event with this number, or at the latest. */
export const historyQuery = z.object({ before })

/** `event.refusal`: a place in both. */
export const activityPlace = z.pipe(
  z.string().check(z.regex(/^\d{1,15}\.\d{1,15}$/)),
  z.transform((text: string) => {
    const [event = 0, refusal = 0] = text.split('.').map(Number)
    return { event, refusal }
  }),
)

/** What the log shows. `before` is `event.refusal`: where the page begins in either. */
export const activityPageQuery = z.object({
  outcome: otherwise(z.optional(z.enum(['changed', 'failed'])), undefined),
  code: otherwise(z.string().check(z.regex(/^\w{0,60}$/)), ''),
  search,
  before: otherwise(z.optional(activityPlace), undefined),
})

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
