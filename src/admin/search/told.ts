/** Whether the application knows of an event: it has reached all readers, waits, or came before them. Pure. */
import type { EventType } from '../../database/schema/event-types'

/** A reader of events: an endpoint or a key, and the number up to which it has everything. */
export interface Receiver {
  readonly name: string
  readonly seq: number
  /** Time of its beginning, in milliseconds since 1970: what is older was never sent to it. */
  readonly since: number
  /** Types that it gets; null for all. */
  readonly types: readonly EventType[] | null
  /** Why it gets nothing at the moment; undefined where it does. */
  readonly trouble?: string | undefined
  /** Numbers of events that somebody left out for it. */
  readonly skipped?: ReadonlySet<number>
}

export interface Told {
  readonly state: 'good' | 'warn' | 'idle'
  readonly text: string
}

/** What the receivers know of an event. */
export function toldOf(
  { seq, at, type }: { readonly seq: number; readonly at: number; readonly type: EventType },
  receivers: readonly Receiver[],
): Told {
  const concerned = receivers.filter(
    ({ since, types }) => since <= at && (types === null || types.includes(type)),
  )
  if (concerned.length === 0) {
    return {
      state: 'idle',
      text: `No endpoint and no reader was there to be told of event ${seq}.`,
    }
  }
  const waiting = concerned.filter((receiver) => receiver.seq < seq)
  const without = concerned.filter(({ skipped }) => skipped?.has(seq))
  const reached = namesOf(
    concerned.filter((one) => !waiting.includes(one) && !without.includes(one)),
  )
  if (waiting.length + without.length === 0) {
    return { state: 'good', text: `The product knows: event ${seq} has reached ${reached}.` }
  }
  const troubles = waiting.map(({ name, trouble }) => (trouble ? `${name} (${trouble})` : name))
  const sentences = [
    waiting.length > 0 ? `Event ${seq} is waiting for ${troubles.join(', ')}.` : '',
    without.length > 0
      ? `Event ${seq} was left out for ${namesOf(without)}, which never gets it.`
      : '',
    reached === '' ? '' : `It has reached ${reached}.`,
  ]
  return {
    state: waiting.length > 0 ? 'warn' : 'idle',
    text: sentences.filter((sentence) => sentence !== '').join(' '),
  }
}

function namesOf(receivers: readonly Receiver[]): string {
  return receivers.map(({ name }) => name).join(', ')
}
