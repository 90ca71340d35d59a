/** The bodies and forms that the administration accepts. */
import type { Context } from 'hono'
import * as z from 'zod'
import { day } from '../time'
import { tenantExtensions } from './extension-form'

const slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'use 1 to 63 of a-z, 0-9 and - (not at an end)')

const name = z.string().trim().min(1).max(200)

export const newTenant = z.strictObject({ slug, name })

export const newToken = z.strictObject({
  label: z.string().trim().max(100).default(''),
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .refine((time) => time > Date.now(), 'must be in the future')
    .nullish(),
})

/** Settings may also come with dotted names, as the documentation writes them. */
export const tenantChange = z.preprocess(
  undot,
  z.strictObject({
    name: name.optional(),
    enabled: z.boolean().optional(),
    rules: z
      .strictObject({
        name: z.enum(['reject', 'allow']).optional(),
        email: z.enum(['reject', 'lowercase', 'allow']).optional(),
      })
      .optional(),
    guard: z
      .strictObject({
        deactivations: z.number().min(0).max(1).optional(),
        teams: z.enum(['apply', 'review']).optional(),
        protected: z.array(z.string().trim().min(1).max(320)).max(100).optional(),
      })
      .optional(),
    profile: z.enum(['auto', 'onelogin', 'okta', 'entra', 'rfc']).optional(),
    retention: z
      .strictObject({
        activity: z.number().int().min(1).max(365).optional(),
        events: z.number().int().min(7).max(3650).optional(),
      })
      .optional(),
    extensions: tenantExtensions.optional(),
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

export const signIn = z.object({ secret: z.string().trim().min(1), next: z.string().optional() })

/** The console's form of a new token: an expiry is chosen in days. */
export const tokenForm = z.strictObject({
  label: z.string().trim().max(100),
  days: z
    .enum(['', '30', '90', '180', '365'])
    .transform((days) => (days === '' ? null : Date.now() + Number(days) * day)),
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
  label: z.string().trim().max(100).default(''),
  role: linkRole,
  expiresAt: z.iso
    .datetime({ offset: true })
    .transform((text) => Date.parse(text))
    .refine((time) => time > Date.now(), 'must be in the future')
    .refine((time) => time <= Date.now() + longestLink, 'must be within 90 days'),
})

export const linkForm = z.strictObject({
  label: z.string().trim().max(100),
  role: linkRole,
  days: z.enum(['1', '7', '30', '90']).transform((days) => Date.now() + Number(days) * day),
})

/** The secret of a link. */
export const openForm = z.object({
  code: z
    .string()
    .trim()
    .regex(/^link_[0-9A-Za-z]{43}$/),
})

/** Where a page of the audit begins. */
export const auditPageQuery = z.object({
  before: z.coerce.number().int().min(1).catch(Number.MAX_SAFE_INTEGER),
})

/** What is chosen of a hold; with names typed to confirm protected people. */
export const holdForm = z.object({
  whole: z.enum(['true', 'false']).transform((text) => text === 'true'),
  people: z.array(z.string().max(100)).max(1_000),
  teams: z.array(z.string().max(100)).max(1_000),
})

/** Where a page of a hold begins. */
export const holdQuery = z.object({
  after: z
    .string()
    .regex(/^[\w-]{0,100}\.[\w-]{0,100}$/)
    .catch('.')
    .transform((text) => {
      const [teamId = '', userId = ''] = text.split('.')
      return { teamId, userId }
    }),
})

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
  search: z.string().trim().max(200).catch(''),
  state: z.enum(['', 'active', 'inactive', 'empty', 'filled']).catch(''),
  page: z.coerce.number().int().min(1).max(100_000).catch(1),
})

/** Where a page of a history begins: before the event with this number, or at the latest. */
export const historyQuery = z.object({
  before: z.coerce.number().int().min(1).catch(Number.MAX_SAFE_INTEGER),
})

/** What the log shows. `before` is `event.refusal`: where the page begins in either. */
export const activityPageQuery = z.object({
  outcome: z.enum(['changed', 'failed']).optional().catch(undefined),
  code: z
    .string()
    .regex(/^\w{0,60}$/)
    .catch(''),
  search: z.string().trim().max(200).catch(''),
  before: z
    .string()
    .regex(/^\d{1,15}\.\d{1,15}$/)
    .transform((text) => text.split('.').map(Number))
    .transform(([event = 0, refusal = 0]) => ({ event, refusal }))
    .optional()
    .catch(undefined),
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
export function errorsOf(error: z.ZodError): Map<string, string> {
  return new Map(error.issues.map(({ path, message }) => [path.map(String).join('.'), message]))
}
