/** The bodies and forms about webhooks. */
import * as z from 'zod'
import type { EventType } from '../events/catalog'
import { eventNames } from '../events/names'
import { longestTarget, type TargetRefusal } from '../events/target'

const url = z.string().trim().min(1).max(longestTarget)

const types = z
  .array(z.string())
  .min(1)
  .transform((list) => eventNames.filter((type) => list.includes(type)))

/** Every word must be a type that there is: an event that nobody makes would be waited for. */
const known = z
  .array(z.string())
  .refine((list) => list.every(isEventType), `use any of ${eventNames.join(', ')}`)
  .pipe(types)

/** Without `events`, or with null, all are sent. */
export const newWebhook = z.strictObject({ url, events: known.nullish() })

export const webhookChange = z.strictObject({ url: url.optional(), events: known.nullish() })

export const replayBody = z.strictObject({ after: z.int().min(0) })

export const deliveriesQuery = z.strictObject({
  before: z.coerce.number().int().min(1).default(Number.MAX_SAFE_INTEGER),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** The console's form; which types are chosen comes beside it, as a field of many values. */
export const webhookForm = z.object({ url })

export const replayForm = z.object({ after: z.coerce.number().int().min(0) })

/** Where a page of the log begins. */
export const deliveriesPage = z.object({
  before: z.coerce.number().int().min(1).catch(Number.MAX_SAFE_INTEGER),
})

/** The types among the words of a form; null, for all, when none is chosen. */
export function chosenTypes(words: readonly string[]): readonly EventType[] | null {
  const chosen = eventNames.filter((type) => words.includes(type))
  return chosen.length === 0 ? null : chosen
}

/** What is wrong with an address, and what to do about it. */
export const targetTexts: Readonly<Record<TargetRefusal, string>> = {
  notAnAddress: 'This is not an address. Write it in full, for example https://example.com/hook.',
  tooLong: `An address has at most ${longestTarget} characters.`,
  notEncrypted: 'Use https: events carry personal data.',
  credentials: 'Leave out the user and the password; receivers verify the signature.',
  port: 'Use port 443 or 8443.',
  privateAddress: 'This address is not public. Use one that can be reached from the internet.',
  privateName: 'This name is not public. Use one that can be reached from the internet.',
}

function isEventType(word: string): boolean {
  return eventNames.some((type) => type === word)
}
