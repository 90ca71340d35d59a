/** The queries of the provisioning log. */
import * as z from 'zod/mini'
import { otherwise, search } from '../shell/forms'

/** `event.refusal`: a place in both. */
export const activityPlace = z.pipe(
  z.string().check(z.regex(/^\d{1,15}\.\d{1,15}$/)),
  z.transform((text: string) => {
    const [event = 0, refusal = 0] = text.split('.').map(Number)
    return { event, refusal }
  }),
)

/** What the log shows. `before` is `event.refusal`: where the page begins in either. */
export const activityPageQuery = z.object({
  outcome: otherwise(z.optional(z.enum(['changed', 'failed'])), undefined),
  code: otherwise(z.string().check(z.regex(/^\w{0,60}$/)), ''),
  search,
  before: otherwise(z.optional(activityPlace), undefined),
})
