/** What the product knows of an event, by how far its readers are. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toldOf, type Receiver } from '../../src/admin/search/told'

const event = { seq: 10, at: 1_000, type: 'user.updated' } as const

const receiver = (more: Partial<Receiver> = {}): Receiver => ({
  name: 'hook.example',
  seq: 10,
  since: 0,
  types: null,
  ...more,
})

describe('the product', () => {
  it('knows of an event that has reached everybody who gets it', () => {
    expect(toldOf(event, [receiver()])).toEqual({
      state: 'good',
      text: 'The product knows: event 10 has reached hook.example.',
    })
    expect(toldOf(event, [receiver(), receiver({ name: 'b', seq: 9, trouble: 'paused' })])).toEqual(
      {
        state: 'warn',
        text: 'Event 10 is waiting for b (paused). It has reached hook.example.',
      },
    )
  })

  it('does not know what somebody left out for it', () => {
    const without = receiver({ name: 'b', skipped: new Set([10]) })
    expect(toldOf(event, [without])).toEqual({
      state: 'idle',
      text: 'Event 10 was left out for b, which never gets it.',
    })
    expect(toldOf(event, [without, receiver(), receiver({ name: 'c', seq: 9 })])).toEqual({
      state: 'warn',
      text: 'Event 10 is waiting for c. Event 10 was left out for b, which never gets it. It has reached hook.example.',
    })
  })

  it('was not told of what came before an endpoint, and of what it does not ask for', () => {
    for (const other of [receiver({ since: 1_001 }), receiver({ types: ['user.created'] })]) {
      expect(toldOf(event, [other]).state).toBe('idle')
      expect(toldOf(event, [other, receiver({ seq: 9 })]).state).toBe('warn')
    }
    expect(toldOf(event, []).state).toBe('idle')
  })

  it('is never said to know what somebody who gets it has not got', () => {
    const some = fc.record({
      name: fc.string(),
      seq: fc.nat(20),
      since: fc.nat(2_000),
      types: fc.constantFrom(null, ['user.updated'] as const, ['user.deleted'] as const),
    })
    fc.assert(
      fc.property(fc.array(some), (receivers) => {
        const isBehind = receivers.some(
          ({ seq, since, types }) =>
            seq < 10 && since <= 1_000 && (types === null || types[0] === 'user.updated'),
        )
        expect(toldOf(event, receivers).state === 'warn').toBe(isBehind)
      }),
    )
  })
})
