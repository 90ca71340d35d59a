/** The bodies and forms of sign-in and links. */
import * as z from 'zod/mini'
import { day } from '../../time'
import { futureTime, label } from '../shell/forms'

export const signIn = z.object({
  secret: z.string().check(z.trim(), z.minLength(1)),
  next: z.optional(z.string()),
})

/** A link lasts at most this long. */
const maximumLinkDays = 90 * day

const linkRole = z.enum(['view', 'setup'])

export interface LinkInput {
  readonly label: string
  readonly role: z.infer<typeof linkRole>
  readonly expiresAt: number
}

export const newLink = z.strictObject({
  label: z._default(label, ''),
  role: linkRole,
  expiresAt: futureTime.check(
    z.refine((time) => time <= Date.now() + maximumLinkDays, 'must be within 90 days'),
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
