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
  if (waiting.length === 0) {
    const names = concerned.map(({ name }) => name).join(', ')
    return { state: 'good', text: `The product knows: event ${seq} has reached ${names}.` }
  }
  const names = waiting.map(({ name, trouble }) => (trouble ? `${name} (${trouble})` : name))
  return { state: 'warn', text: `Event ${seq} is waiting for ${names.join(', ')}.` }
}
