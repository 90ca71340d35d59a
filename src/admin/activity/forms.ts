/** The queries of the provisioning log. */
import * as z from 'zod/mini'
import { lineKinds, outcomes, type ActivityPlace, type LineKey } from '../../activity/rows'
import { exactly } from '../../http/exactly'
import { isInOrder, limit, rangeOfPage, search } from '../shell/forms'

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

/** The name of a line in an address, as `event.7`. */
const lineKey = z.pipe(
  z.string().check(z.regex(new RegExp(`^(${lineKinds.join('|')})\\.\\d{1,15}$`))),
  z.transform((text: string): LineKey => {
    const [kind, seq] = text.split('.')
    return { kind: lineKinds.find((name) => name === kind) ?? 'event', seq: Number(seq) }
  }),
)

/** A name as `lineKey` reads it. */
export function lineText({ kind, seq }: LineKey): string {
  return `${kind}.${seq}`
}

const outcome = z.enum(outcomes)

/** `after` is the end of the last answer. */
export const activityQuery = exactly({
  outcome: z.optional(outcome),
  after: z._default(activityPlace, { event: 0, refusal: 0, passedOver: 0 }),
  limit,
})

/** The page begins before `before`. What is invalid counts as absent, but for the span. */
export const activityPageQuery = z
  .object({
    outcome: z.catch(z.optional(outcome), undefined),
    code: z.catch(z.string().check(z.regex(/^\w{0,60}$/)), ''),
    search,
    before: z.catch(z.optional(activityPlace), undefined),
    ...rangeOfPage,
    /** Follows what comes: the page is loaded again and again. */
    follow: z.catch(z.enum(['', 'on']), ''),
    /** The line that is shown beside the list. */
    line: z.catch(z.optional(lineKey), undefined),
  })
  .check(isInOrder)
