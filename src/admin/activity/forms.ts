/** The queries of the provisioning log. */
import * as z from 'zod/mini'
import { outcomes, type ActivityPlace } from '../../activity/rows'
import { exactly } from '../../http/exactly'
import { limit, search } from '../shell/forms'

/**
 * `event.refusal.passedOver`: a place among the events, the refusals, and what was passed over. The
 * third may be missing, as in answers of older releases.
 */
const activityPlace = z.pipe(
  z.string().check(z.regex(/^\d{1,15}\.\d{1,15}(\.\d{1,15})?$/)),
  z.transform((text: string) => {
    const [event = 0, refusal = 0, passedOver = 0] = text.split('.').map(Number)
    return { event, refusal, passedOver }
  }),
)

/** A place as `activityPlace` reads it. */
export function placeText({ event, refusal, passedOver }: ActivityPlace): string {
  return `${event}.${refusal}.${passedOver}`
}

const outcome = z.enum(outcomes)

/** `after` is the end of the last answer. */
export const activityQuery = exactly({
  outcome: z.optional(outcome),
  after: z._default(activityPlace, { event: 0, refusal: 0, passedOver: 0 }),
  limit,
})

/** A time as a form has it, in UTC: milliseconds since 1970. */
const minute = z.catch(
  z.optional(
    z.pipe(
      z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/)),
      z.transform((text: string) => Date.parse(`${text}Z`)),
    ),
  ),
  undefined,
)

/** The page begins before `before`. A query that is invalid counts as absent. */
export const activityPageQuery = z.object({
  outcome: z.catch(z.optional(outcome), undefined),
  code: z.catch(z.string().check(z.regex(/^\w{0,60}$/)), ''),
  search,
  before: z.catch(z.optional(activityPlace), undefined),
  from: minute,
  to: minute,
  /** Follows what comes: the page is loaded again and again. */
  follow: z.catch(z.enum(['', 'on']), ''),
})
