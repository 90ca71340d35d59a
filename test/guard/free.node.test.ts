/** What has to wait no longer: all that needs nothing but each other. */
import { describe, expect, it } from 'vitest'
import { freeOf, type Waiting } from '../../src/guard/names/free'

const nothing = { teamId: '', isTeamUnknown: false, isPersonUnknown: false, isReplaced: false }

const user = (userId: string, holder: string | null, more: Partial<Waiting> = {}): Waiting => ({
  ...nothing,
  kind: 'user',
  userId,
  holder,
  ...more,
})

const keys = (list: readonly Waiting[]) =>
  freeOf(list).map(({ teamId, userId }) => `${teamId}/${userId}`)

describe('changes that wait together', () => {
  it('are free with a free name, and with those whose names they need', () => {
    expect(keys([user('a', null)])).toEqual(['/a'])
    expect(keys([user('a', 'b'), user('b', 'c'), user('c', null)])).toEqual(['/a', '/b', '/c'])
    expect(keys([user('a', 'b'), user('b', 'a')])).toEqual(['/a', '/b'])
  })

  it('wait on with one that waits by itself, or for a name that nobody gives away', () => {
    expect(keys([user('a', 'b'), user('b', 'lost'), user('c', null)])).toEqual(['/c'])
    const replaced = user('b', null, { isReplaced: true })
    expect(keys([user('a', 'b'), replaced])).toEqual([])
  })

  it('are memberships with their team and their person', () => {
    const member = (more: Partial<Waiting>): Waiting => ({
      ...nothing,
      kind: 'member',
      teamId: 't',
      userId: 'a',
      holder: null,
      ...more,
    })
    expect(keys([member({})])).toEqual(['t/a'])
    expect(keys([member({ isPersonUnknown: true })])).toEqual([])
    expect(keys([member({ isPersonUnknown: true }), user('a', null)])).toEqual(['t/a', '/a'])
    expect(keys([member({ isTeamUnknown: true }), user('a', null)])).toEqual(['/a'])
  })
})
