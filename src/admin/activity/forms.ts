/** The queries of the provisioning log. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { limit, search } from '../shell/forms'

/** `event.refusal`: a place among the events and one among the refusals. */
const activityPlace = z.pipe(
  z.string().check(z.regex(/^\d{1,15}\.\d{1,15}$/)),
  z.transform((text: string) => {
    const [event = 0, refusal = 0] = text.split('.').map(Number)
    return { event, refusal }
  }),
)

const outcome = z.enum(['changed', 'failed'])

/** `after` is the end of the last answer. */
export const activityQuery = exactly({
  outcome: z.optional(outcome),
  after: z._default(activityPlace, { event: 0, refusal: 0 }),
  limit,
})

/** The page begins before `before`. A query that is invalid counts as absent. */
export const activityPageQuery = z.object({
  outcome: z.catch(z.optional(outcome), undefined),
  code: z.catch(z.string().check(z.regex(/^\w{0,60}$/)), ''),
  search,
  before: z.catch(z.optional(activityPlace), undefined),
})
