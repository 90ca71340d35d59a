/** The bodies and forms about webhooks. */
import * as z from 'zod/mini'
import { eventTypes, type EventType } from '../../database/schema/event-types'
import { before } from '../shell/forms'
import { maximumTargetLength, type TargetRefusal } from '../../webhooks/target'

const url = z.string().check(z.trim(), z.minLength(1), z.maxLength(maximumTargetLength))

/** Every word must be a type that there is: an event that nobody makes would be waited for. */
const known = z.pipe(
  z.array(z.string()).check(
    z.refine((list) => list.every(isEventType), `use any of ${eventTypes.join(', ')}`),
    z.minLength(1),
  ),
  z.transform((list) => eventTypes.filter((type) => list.includes(type))),
)

/** Without `events`, or with null, all are sent. */
export const newWebhook = z.strictObject({ url, events: z.nullish(known) })

export const webhookChange = z.strictObject({ url: z.optional(url), events: z.nullish(known) })

export const replayBody = z.strictObject({ after: z.int().check(z.minimum(0)) })

export const deliveriesQuery = z.strictObject({
  before: z._default(z.coerce.number().check(z.int(), z.minimum(1)), Number.MAX_SAFE_INTEGER),
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(200)), 50),
})

/** The console's form; which types are chosen comes beside it, as a field of many values. */
export const webhookForm = z.object({ url })

export const replayForm = z.object({ after: z.coerce.number().check(z.int(), z.minimum(0)) })

/** Where a page of the log begins. */
export const deliveriesPage = z.object({
  before,
})

/** The types among the words of a form; null, for all, when none is chosen. */
export function chosenTypes(words: readonly string[]): readonly EventType[] | null {
  const chosen = eventTypes.filter((type) => words.includes(type))
  return chosen.length === 0 ? null : chosen
}

/** What is wrong with an address, and what to do about it. */
export const targetTexts: Readonly<Record<TargetRefusal, string>> = {
  notAnAddress: 'This is not an address. Write it in full, for example https://example.com/hook.',
  tooLong: `An address has at most ${maximumTargetLength} characters.`,
  notEncrypted: 'Use https: events carry personal data.',
  credentials: 'Leave out the user and the password; receivers verify the signature.',
  port: 'Use port 443 or 8443.',
  privateAddress: 'This address is not public. Use one that can be reached from the internet.',
  privateName: 'This name is not public. Use one that can be reached from the internet.',
}

function isEventType(word: string): boolean {
  return eventTypes.some((type) => type === word)
}
