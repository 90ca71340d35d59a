import { expect, it } from 'vitest'
import { titleOf } from '../../src/admin/activity/failures'
import { errorCatalog } from '../../src/scim/error'

it('every reason of a failure has a title in words', () => {
  const untitled = Object.keys(errorCatalog).filter((code) => titleOf(code) === code)
  expect(untitled).toEqual([])
})
