/** The bodies and forms of sign-in and links. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { day } from '../../time'
import { expiryIn, futureTime, label } from '../shell/forms'

export const signIn = z.object({
  secret: z.string().check(z.trim(), z.minLength(1)),
  next: z.optional(z.string()),
})

/** Milliseconds. */
const maximumLinkLifetime = 90 * day

const role = z.enum(['view', 'setup'])

export const newLink = exactly({
  label: z._default(label, ''),
  role,
  expiresAt: futureTime.check(
    z.refine((time) => time <= Date.now() + maximumLinkLifetime, 'must be within 90 days'),
  ),
})

/** Lifetimes that the console offers, in days. */
export const lifetimes = [
  ['1', 'In a day'],
  ['7', 'In 7 days'],
  ['30', 'In 30 days'],
  ['90', 'In 90 days'],
] as const

export const linkForm = z.pipe(
  exactly({ label, role, days: expiryIn(lifetimes) }),
  z.transform(({ days, ...input }) => ({ ...input, expiresAt: days })),
)

/** The code of a link: its secret, after the name of its database unless that is the main one. */
export const openForm = z.object({
  code: z.string().check(z.trim(), z.regex(/^(?:DB_\w+\.)?link_[0-9A-Za-z]{43}$/)),
})
