/** Whether the application knows of an event: delivered, taken over, or waiting. Pure. */

/** A reader of events: an endpoint or a key, and the number up to which it has everything. */
export interface Receiver {
  readonly name: string
  readonly seq: number
  /** Why it gets nothing at the moment; undefined where it does. */
  readonly trouble?: string | undefined
}

export interface Told {
  readonly state: 'good' | 'warn' | 'idle'
  readonly text: string
}

/** What the receivers know of the event with a number. */
export function toldOf(seq: number, receivers: readonly Receiver[]): Told {
  if (receivers.length === 0) {
    return { state: 'idle', text: `Event ${seq}: no endpoint and no reader takes events yet.` }
  }
  const waiting = receivers.filter((receiver) => receiver.seq < seq)
  if (waiting.length === 0) {
    const names = receivers.map(({ name }) => name).join(', ')
    return { state: 'good', text: `The product knows: event ${seq}, delivered to ${names}.` }
  }
  const names = waiting.map(({ name, trouble }) => (trouble ? `${name} (${trouble})` : name))
  return { state: 'warn', text: `Event ${seq} is waiting for ${names.join(', ')}.` }
}
