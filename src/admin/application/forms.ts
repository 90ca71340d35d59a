/** The bodies and forms of the application's keys. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { expiryIn, futureTime, label } from '../shell/forms'

const scope = z.enum(['read', 'read-ack'])

export const newKey = exactly({
  label: z._default(label, ''),
  scope: z._default(scope, 'read'),
  expiresAt: z._default(z.nullable(futureTime), null),
})

/** Lifetimes that the console offers, in days; '' is without end. */
export const lifetimes = [
  ['', 'Never'],
  ['90', 'In 90 days'],
  ['365', 'In a year'],
] as const

export const keyForm = z.pipe(
  exactly({ label, scope, days: expiryIn(lifetimes) }),
  z.transform(({ days, ...input }) => ({ ...input, expiresAt: days })),
)
