/** The bodies and forms of tokens, and of the switch of a tenant. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { expiryIn, futureTime, label } from '../shell/forms'

export const newToken = exactly({
  label: z._default(label, ''),
  expiresAt: z._default(z.nullable(futureTime), null),
})

/** Lifetimes that the console offers, in days; '' is without end. */
export const lifetimes = [
  ['', 'Never'],
  ['30', 'In 30 days'],
  ['90', 'In 90 days'],
  ['180', 'In 180 days'],
  ['365', 'In a year'],
] as const

export const tokenForm = z.pipe(
  exactly({ label, days: expiryIn(lifetimes) }),
  z.transform(({ label, days }) => ({ label, expiresAt: days })),
)

/** The switch of a tenant. */
export const enabledForm = exactly({
  enabled: z.pipe(
    z.enum(['true', 'false']),
    z.transform((enabled) => enabled === 'true'),
  ),
  /** The customer's switch, when an operator uses it. */
  of: z.optional(z.literal('customer')),
})
