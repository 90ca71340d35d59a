/** What the filters of one PATCH may cost together. */
import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../../src/scim/patch/apply'
import { readPatch } from '../../../src/scim/patch/parse'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'
import { patch } from '../../support/tenant'

const emails = Array.from({ length: 500 }, (_, index) => ({
  value: `p${index}@example.com`,
  type: 'other',
}))

function filtered(operations: number, terms: number) {
  const filter = Array.from({ length: terms }, () => 'value co "example"').join(' and ')
  const operation = { op: 'replace', path: `emails[${filter}].display`, value: 'x' }
  return patch(...Array.from({ length: operations }, () => operation))
}

function changeUser(operations: number, terms: number) {
  const reading = startReading(userType, 'auto')
  const changes = readPatch(reading, filtered(operations, terms) as never)
  if (!changes.ok) throw new Error(changes.error.code)
  return applyChanges(reading, { userName: 'ann', emails }, changes.value, {})
}

describe('the filters of a PATCH', () => {
  it('cost operations times values times terms, and a million is the most', () => {
    expect(changeUser(100, 20).ok).toBe(true)
    const refused = changeUser(101, 20)
    expect(!refused.ok && refused.error.code).toBe('patchTooCostly')
    expect(changeUser(2, 20).ok).toBe(true)
  })
})
