/** The bodies and forms of sign-in and links. */
import * as z from 'zod/mini'
import { operatorScopes, staffRoles } from '../../database/schema/access'
import { exactly } from '../../http/exactly'
import { isLoopback } from '../../http/network'
import { day } from '../../time'
import { expiryIn, futureTime, label } from '../shell/forms'

export const signIn = z.object({
  secret: z.string().check(z.trim(), z.minLength(1)),
  next: z.optional(z.string()),
})

/** Milliseconds. */
const maximumLinkLifetime = 90 * day

export const newOperatorToken = exactly({
  label: label.check(z.minLength(1)),
  scope: z.enum(operatorScopes),
  expiresAt: z._default(z.nullable(futureTime), null),
})

/** Lifetimes of operator tokens that the console offers, in days; '' is without end. */
export const operatorTokenLifetimes = [
  ['90', 'In 90 days'],
  ['365', 'In a year'],
  ['', 'Never'],
] as const

export const operatorTokenForm = z.pipe(
  exactly({
    label: label.check(z.minLength(1)),
    scope: z.enum(operatorScopes),
    days: expiryIn(operatorTokenLifetimes),
  }),
  z.transform(({ days, ...input }) => ({ ...input, expiresAt: days })),
)

const personRole = z.enum(staffRoles)

export const newPerson = exactly({
  name: label.check(z.minLength(1)),
  role: personRole,
  expiresAt: z._default(z.nullable(futureTime), null),
})

export const personForm = z.pipe(
  exactly({
    name: label.check(z.minLength(1)),
    role: personRole,
    days: expiryIn(operatorTokenLifetimes),
  }),
  z.transform(({ days, ...input }) => ({ ...input, expiresAt: days })),
)

const role = z.enum(['view', 'approve', 'setup'])

/** An address of the product, over https; on this machine over http as well. */
const returnUrl = z.string().check(
  z.maxLength(2_000),
  z.refine((text) => isReturnAddress(text), 'must be an https address without a user name'),
)

function isReturnAddress(text: string): boolean {
  const url = URL.parse(text)
  if (!url || url.username !== '' || url.password !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
}

export const newLink = exactly({
  label: z._default(label, ''),
  role,
  expiresAt: futureTime.check(
    z.refine((time) => time <= Date.now() + maximumLinkLifetime, 'must be within 90 days'),
  ),
  returnUrl: z.optional(returnUrl),
  opensWithin: z.optional(z.int().check(z.minimum(30), z.maximum(86_400))),
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

/**
 * The code of a link: its secret, after the name of its database unless that is the main one. Where no script
 * takes it out of the address, people paste the whole link.
 */
export const openForm = z.object({
  code: z.string().check(
    z.trim(),
    z.overwrite((text) => text.slice(text.indexOf('#') + 1)),
    z.regex(/^(?:DB_\w+\.)?link_[0-9A-Za-z]{43}$/),
  ),
  next: z.optional(z.string()),
})
