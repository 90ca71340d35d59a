/** The bodies that the administration accepts. */
import * as z from 'zod'

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
      })
      .optional(),
    profile: z.enum(['auto', 'onelogin', 'okta', 'entra', 'rfc']).optional(),
  }),
)

const dotted = new Map([
  ['rules.name', ['rules', 'name']],
  ['rules.email', ['rules', 'email']],
  ['guard.deactivations', ['guard', 'deactivations']],
  ['guard.teams', ['guard', 'teams']],
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
