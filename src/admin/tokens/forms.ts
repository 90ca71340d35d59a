/** The bodies and forms of tokens, and of the switch of a tenant. */
import * as z from 'zod/mini'
import { futureTime, label } from '../shell/forms'
import { day } from '../../time'

export const newToken = z.strictObject({
  label: z._default(label, ''),
  expiresAt: z.nullish(futureTime),
})

/** The console's form of a new token: an expiry is chosen in days. */
export const tokenForm = z.strictObject({
  label,
  days: z.pipe(
    z.enum(['', '30', '90', '180', '365']),
    z.transform((days) => (days === '' ? null : Date.now() + Number(days) * day)),
  ),
})

/** The switch of a tenant. */
export const enabledForm = z.strictObject({ enabled: z.enum(['true', 'false']) })
