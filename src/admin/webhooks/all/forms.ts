/** The bodies and forms about webhooks of all tenants. */
import * as z from 'zod/mini'
import { exactly } from '../../../http/exactly'
import { wholeNumber } from '../../../http/query'
import { before, instant, position } from '../../shell/forms'
import { typedNumber } from '../forms'

const tenant = z.string().check(z.minLength(1), z.maxLength(63), z.describe('Slug of the tenant.'))

/** Of all tenants from a time on, or of one from behind a number. */
export const feedReplayBody = z.union([
  exactly({ since: instant }),
  exactly({ tenant, after: z.int().check(z.minimum(0)) }),
])

export const tenantEvent = exactly({ tenant, seq: z.int().check(z.minimum(1)) })

export const tenantEventsQuery = exactly({
  tenant,
  before: z._default(position, Number.MAX_SAFE_INTEGER),
  limit: z._default(wholeNumber(1, 200), 50),
})

/** The tenant whose events a page shows, the page of them, and of the attempts. */
export const feedPageQuery = z.object({
  tenant: z.catch(z.optional(tenant), undefined),
  before,
  events: before,
})

export const tenantForm = z.object({ tenant, seq: position })

export const tenantReplayForm = z.object({
  tenant,
  after: z.catch(z.optional(typedNumber), undefined),
})
