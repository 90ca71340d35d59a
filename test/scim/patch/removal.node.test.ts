/** What "remove" with a value takes away: what it names, and nothing beside it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupType } from '../../../src/scim/group'
import type { Json, JsonObject } from '../../../src/scim/json'
import { applyChanges } from '../../../src/scim/patch/apply'
import { readPatch } from '../../../src/scim/patch/parse'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const work = { value: 'a@x.test', type: 'work', primary: true }
const home = { value: 'b@x.test', type: 'home' }
const ann: JsonObject = {
  userName: 'ann',
  name: { givenName: 'Ann', familyName: 'Low' },
  emails: [work, home],
  [enterprise]: { department: 'R&D', costCenter: 'C1', manager: { value: '17', $ref: 'x' } },
}

function remove(path: string, value: Json) {
  const reading = startReading(userType)
  const read = readPatch(reading, { Operations: [{ op: 'remove', path, value }] })
  const changed = read.ok ? applyChanges(reading, ann, read.value, {}) : read
  return changed.ok ? changed.value : changed.error.code
}

describe('a removal with a value', () => {
  it('takes those parts of a single value and of a schema that it names', () => {
    expect(remove('name', { givenName: 'Ann' })).toEqual({ ...ann, name: { familyName: 'Low' } })
    expect(remove('name', [{ GivenName: '' }])).toEqual({ ...ann, name: { familyName: 'Low' } })
    const { costCenter: _, ...others } = ann[enterprise] as JsonObject
    expect(remove(enterprise, { costCenter: 'C1' })).toEqual({ ...ann, [enterprise]: others })
    expect(remove(`${enterprise}:manager`, { value: '17' })).toEqual({
      ...ann,
      [enterprise]: { department: 'R&D', costCenter: 'C1' },
    })
  })

  it('takes those entries of a list that have the value, when a part is named', () => {
    expect(remove('emails.value', 'B@x.test')).toEqual({ ...ann, emails: [work] })
    expect(remove('emails.value', 'c@x.test')).toEqual(ann)
  })

  it('takes what the filter and the value name, and is refused when they disagree', () => {
    expect(remove('emails[type eq "home"]', [home])).toEqual({ ...ann, emails: [work] })
    expect(remove('emails[value co "x.test"]', 'a@x.test')).toEqual({ ...ann, emails: [home] })
    expect(remove('emails[type eq "work"]', [{ value: 'b@x.test' }])).toBe('noTarget')
    expect(remove('emails[type eq "work"]', '')).toEqual({ ...ann, emails: [home] })
  })

  it.each<[string, Json]>([
    ['emails', ''],
    ['emails', {}],
    ['emails', [null]],
    ['emails', [{}]],
    ['emails', [{ type: 'work' }]],
    ['name', { favorite: 'x' }],
  ])('is refused where it names nothing: %s %j', (path, value) => {
    expect(remove(path, value)).toBe('wrongType')
  })

  it('never takes more than the same removal without it', () => {
    const path = fc.constantFrom('emails', 'emails[type eq "work"]', 'emails.value', 'name')
    const emails: Json[] = ['', 'a@x.test', 'zz', {}, [], [{}], home, [home], [work, home]]
    const parts: Json[] = [{ value: 'zz' }, { givenName: 'x' }, { familyName: null, foo: 1 }]
    const value = fc.constantFrom(...emails, ...parts)
    fc.assert(
      fc.property(path, value, (path, value) => {
        const after = remove(path, value)
        if (typeof after === 'string') return
        const said = JSON.stringify(value)
        const { emails = [], name = {} } = after
        for (const entry of [work, home]) {
          const isThere = (emails as Json[]).some((one) =>
            JSON.stringify(one).includes(entry.value),
          )
          const isNamed = said.includes(entry.value) || path.includes('[')
          if (!isNamed) expect(isThere).toBe(true)
        }
        if (path !== 'name' || !said.includes('Name')) return
        const lost = ['givenName', 'familyName'].filter((part) => !(part in (name as JsonObject)))
        for (const part of lost) expect(said).toContain(part)
      }),
    )
  })
})

describe('an id that no user can have', () => {
  it.each<[string, Json]>([
    ['members', [{ value: 'ann@example.com' }]],
    ['members[value eq "ann@example.com"]', null],
  ])('is told, since nobody left: remove %s %j', (path, value) => {
    const reading = startReading(groupType)
    expect(readPatch(reading, { Operations: [{ op: 'remove', path, value }] }).ok).toBe(true)
    expect(reading.passed).toMatchObject([{ name: 'membersSkipped', what: 'ann@example.com' }])
  })
})
