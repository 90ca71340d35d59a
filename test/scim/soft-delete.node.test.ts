/** Names that Entra has made unusable. */
import { describe, expect, it } from 'vitest'
import { isSoftDeletedName, withUserName } from '../../src/scim/tolerance/soft-delete'

const hex = '0f8fad5bd9cb469fa16570867728950e'

describe('the name of a soft delete', () => {
  it('is 32 hexadecimal digits and the known name, whatever the case', () => {
    expect(isSoftDeletedName(`${hex}ann@example.com`, 'Ann@example.com')).toBe(true)
    expect(isSoftDeletedName(`${hex.toUpperCase()}ann@example.com`, 'ann@example.com')).toBe(true)
  })

  it('is no other name', () => {
    for (const [name, known] of [
      [`${hex}ann@example.com`, 'ben@example.com'],
      [hex, ''],
      [`${hex.slice(1)}ann`, 'ann'],
      [`${hex}${hex}ann`, 'ann'],
      ['ann', 'ann'],
      [`0f8fad5b-d9cb-469f-a165-70867728950eann`, 'ann'],
    ] as const) {
      expect(isSoftDeletedName(name, known), name).toBe(false)
    }
  })

  it('is replaced wherever it stands', () => {
    const userName = `${hex}ann`
    const person = {
      userName,
      emails: [{ value: userName, type: 'work' }],
      title: `Not ${userName}`,
    }
    expect(withUserName(person, 'ann')).toEqual({
      userName: 'ann',
      emails: [{ value: 'ann', type: 'work' }],
      title: `Not ${userName}`,
    })
  })
})
