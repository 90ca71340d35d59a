/** The bodies and forms about webhooks. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { wholeNumber } from '../../http/query'
import { eventTypes, type EventType } from '../../database/schema/event-types'
import { before, instant, minute, position } from '../shell/forms'
import { maximumTargetLength, type TargetRefusal } from '../../public-address'

const url = z.string().check(z.trim(), z.minLength(1), z.maxLength(maximumTargetLength))

/** Types of events. An unknown one is refused, because nothing would ever be sent for it. */
const known = z.pipe(
  z.array(z.string()).check(
    z.refine((list) => list.every(isEventType), `use any of ${eventTypes.join(', ')}`),
    z.minLength(1),
  ),
  z.transform((list) => eventTypes.filter((type) => list.includes(type))),
)

/** A body without `events`, or with null, asks for all types. */
export const newWebhook = z.pipe(
  exactly({ url, events: z.nullish(known) }),
  z.transform(({ url, events }) => ({ url, types: events ?? null })),
)

/** An absent part stays as it is. */
export const webhookChange = z.pipe(
  exactly({ url: z.optional(url), events: z.nullish(known) }),
  z.transform(({ url, events }) => ({
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { types: events }),
  })),
)

/** From behind a number, or from a time on. */
export const replayBody = z.union([
  exactly({ after: z.int().check(z.minimum(0)) }),
  exactly({ since: instant }),
])

export const oneEvent = exactly({ seq: z.int().check(z.minimum(1)) })

export const deliveriesQuery = exactly({
  before: z._default(position, Number.MAX_SAFE_INTEGER),
  limit: z._default(wholeNumber(1, 200), 50),
})

/** The text of the console's form; the ticked types come beside it, as a field of many values. */
export const webhookForm = z.object({ url })

/** The number of an event as it was typed, or 0: a field that was left empty is none. */
export const typedNumber = z.pipe(
  z.string().check(z.regex(/^\d{1,15}$/, 'write a number')),
  z.transform((text: string) => Number(text)),
)

export const replayForm = z.object({ after: typedNumber })

export const sinceForm = z.object({ since: minute })

export const eventForm = z.object({ seq: position })

/** `event` is shown in full; `events` is the page of events before that number. */
export const logQuery = z.object({
  before,
  events: before,
  event: z.catch(z.optional(position), undefined),
})

/** The types among the words of a form; null, for all, when none is ticked. */
export function chosenTypes(words: readonly string[]): readonly EventType[] | null {
  const chosen = eventTypes.filter((type) => words.includes(type))
  return chosen.length === 0 ? null : chosen
}

/** Texts for addresses that events cannot be sent to, each with its remedy. */
export const targetTexts: Readonly<Record<TargetRefusal, string>> = {
  notAnAddress: 'This is not an address. Write it in full, for example https://example.com/hook.',
  tooLong: `An address has at most ${maximumTargetLength} characters.`,
  notEncrypted: 'Use https: events carry personal data.',
  credentials: 'Leave out the user and the password; receivers verify the signature.',
  port: 'Use port 443 or 8443.',
  privateAddress: 'This address is not public. Use one that can be reached from the internet.',
  privateName: 'This name is not public. Use one that can be reached from the internet.',
}

/** The refusal of a replay that would leave out events. */
export function replayText(deliveredUpTo: number): string {
  return `At most ${deliveredUpTo}, the number of the last delivered event. What comes behind it has not been delivered yet, and is delivered anyway; an event that the receiver can not take is left out with Skip.`
}

/** The refusal to leave out an event that was delivered, or left out, since its page was opened. */
export const notNextText =
  'It is no longer the next event, and nothing was left out: it was delivered or left out meanwhile. What comes next now is below.'

/** The refusal of a replay from a time on. */
export const nothingSinceText =
  'Nothing was delivered from that time on: what waits is delivered anyway.'

function isEventType(word: string): boolean {
  return eventTypes.some((type) => type === word)
}
