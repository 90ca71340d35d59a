/** The bodies and forms of tenants and their settings. */
import * as z from 'zod/mini'
import { sealingPurposes } from '../../database/schema/sealing'
import { exactly } from '../../http/exactly'
import { shownText } from '../shell/forms'
import { tenantExtensions } from './extension-form'

const slug = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      'use 1 to 63 of a-z, 0-9 and - (not at an end)',
    ),
  )

export const name = shownText(200).check(z.minLength(1))

function wholeBetween(least: number, most: number) {
  return z.optional(z.number().check(z.int(), z.minimum(least), z.maximum(most)))
}

const settings = {
  rules: z.optional(
    exactly({
      name: z.optional(z.enum(['reject', 'allow'])),
      email: z.optional(z.enum(['reject', 'lowercase', 'allow'])),
    }),
  ),
  withoutActive: z.optional(z.enum(['profile', 'keep', 'inactive'])),
  guard: z.optional(
    exactly({
      deactivations: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
      teams: z.optional(z.enum(['apply', 'review'])),
      protected: z.optional(
        z
          .array(z.string().check(z.trim(), z.minLength(1), z.maxLength(320)))
          .check(z.maxLength(100)),
      ),
      delay: z.optional(z.number().check(z.int(), z.minimum(0), z.maximum(60))),
      people: z.optional(z.number().check(z.int(), z.minimum(1), z.maximum(1_000_000))),
    }),
  ),
  putWithoutMembers: z.optional(z.enum(['body', 'empty', 'keep'])),
  profile: z.optional(z.enum(['auto', 'onelogin', 'okta', 'entra', 'aws', 'rfc', 'strict'])),
  retention: z.optional(
    exactly({
      activity: wholeBetween(1, 365),
      events: wholeBetween(7, 3650),
      exchanges: wholeBetween(0, 30),
    }),
  ),
  storage: z.optional(exactly({ megabytes: wholeBetween(1, 10_000) })),
  oauth: z.optional(exactly({ accessTokenMinutes: wholeBetween(10, 360) })),
  extensions: z.optional(tenantExtensions),
}

/** Settings may also come with dotted names, as the documentation writes them. */
export const newTenant = z.pipe(
  z.transform(undot),
  exactly({ slug, name, database: z.optional(z.string().check(z.maxLength(100))), ...settings }),
)

export const tenantChange = z.pipe(
  z.transform(undot),
  exactly({
    name: z.optional(name),
    enabled: z.optional(z.boolean()),
    customerEnabled: z.optional(z.boolean()),
    ...settings,
  }),
)

/** Settings that have parts. */
const groups: ReadonlySet<string> = new Set(['rules', 'guard', 'retention', 'storage', 'oauth'])

/** A name with an unknown part becomes an unknown member of its group, and is refused as that. */
function undot(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const parts = new Map<string, unknown>(Object.entries(body))
  for (const [key, value] of Object.entries(body)) {
    const dot = key.indexOf('.')
    const group = key.slice(0, dot)
    if (dot < 0 || !groups.has(group)) continue
    const present = parts.get(group)
    const rest = typeof present === 'object' && present !== null ? Object.entries(present) : []
    parts.set(group, Object.fromEntries([...rest, [key.slice(dot + 1), value]]))
    parts.delete(key)
  }
  return Object.fromEntries(parts)
}

/** The console's form: numbers come as text, a share in percent, names of people in lines. */
export const settingsForm = z.pipe(z.transform(readFields), tenantChange)

const numbers: ReadonlySet<string> = new Set([
  'guard.people',
  'guard.delay',
  'retention.activity',
  'retention.events',
  'retention.exchanges',
  'storage.megabytes',
  'oauth.accessTokenMinutes',
])

/** The fields as settings. Text that is no number stays text, which the settings then refuse. */
function readFields(fields: Readonly<Record<string, string>>): unknown {
  const { 'guard.deactivations': percent, 'guard.protected': lines, ...others } = fields
  const names = lines?.split('\n').map((line) => line.trim())
  return {
    ...Object.fromEntries(
      Object.entries(others).map(([name, text]) => [
        name,
        numbers.has(name) && /^\d{1,9}$/.test(text) ? Number(text) : text,
      ]),
    ),
    ...(percent === undefined ? {} : { 'guard.deactivations': shareOf(percent) }),
    ...(names ? { 'guard.protected': names.filter((line) => line !== '') } : {}),
  }
}

/** A percentage as a share. Text that is none stays text: an empty field is not the number 0. */
function shareOf(percent: string): number | string {
  const text = percent.trim()
  return /^\d{1,3}(\.\d{1,20})?$/.test(text) ? Number((Number(text) / 100).toPrecision(15)) : text
}

/** The database that was restored; absent for all of them. */
export const restoration = exactly({ database: z.optional(z.string()) })

/** The purpose whose sealing key is rotated. */
export const keyRotation = exactly({ purpose: z.enum(sealingPurposes) })
