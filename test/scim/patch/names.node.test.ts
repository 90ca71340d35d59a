/** Names with a URN, and names that nobody knows, wherever a request can name something. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../../src/scim/patch/apply'
import { readPatch } from '../../../src/scim/patch/parse'
import { groupType } from '../../../src/scim/group'
import type { Json, JsonObject } from '../../../src/scim/json'
import { readResource } from '../../../src/scim/resource'
import type { ResourceType } from '../../../src/scim/schema'
import { startReading, type ProfileName } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const core = 'urn:ietf:params:scim:schemas:core:2.0'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const ann: JsonObject = { userName: 'ann', active: true }
const shown: JsonObject = {
  schemas: [`${core}:User`],
  id: '17',
  groups: [{ value: 'g1', $ref: '/Groups/g1', display: 'Team', type: 'direct' }],
  meta: { resourceType: 'User', version: 'W/"1"', location: '/Users/17' },
}

function outcomeOf(
  change: ReturnType<typeof readResource>,
  applied: ReadonlySet<string>,
): { after?: JsonObject; code?: string; applied: string[] } {
  const names = [...applied].toSorted()
  return change.ok
    ? { after: change.value, applied: names }
    : { code: change.error.code, applied: names }
}

function patch(type: ResourceType, before: JsonObject, body: JsonObject, profile?: ProfileName) {
  const reading = startReading(type, profile)
  const read = readPatch(reading, body)
  const change = read.ok ? applyChanges(reading, before, read.value, shown) : read
  return outcomeOf(change, reading.applied)
}

function user(...operations: Json[]) {
  return patch(userType, ann, { Operations: operations })
}

function body(json: JsonObject, type: ResourceType = userType) {
  const reading = startReading(type)
  return outcomeOf(readResource(reading, json), reading.applied)
}

describe('a URN that begins like one of SCIM and names nothing', () => {
  it.each([
    `${core}:Users:active`,
    `${core}:Group:active`,
    `${core}:active`,
    'urn:ietf:params:scim:api:messages:2.0:PatchOp:active',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:Users.costCenter',
    `${core}:Group`,
  ])('%s is refused as a path, as a key and in a body, also beside others', (name) => {
    for (const op of ['add', 'replace', 'remove']) {
      expect(user({ op, path: name, value: false }).code).toBe('reservedPath')
      const beside = { op: 'replace', path: 'title', value: 'Boss' }
      expect(user(beside, { op, path: name, value: false }).code).toBe('reservedPath')
    }
    for (const value of [false, { active: false }, [1]]) {
      expect(user({ op: 'replace', value: { [name]: value, title: 'x' } }).code).toBe('reservedUrn')
      expect(body({ userName: 'ann', [name]: value }).code).toBe('reservedUrn')
    }
  })

  it('is refused in a team as well, where it is of a user', () => {
    const operation = { op: 'add', path: `${core}:User:members`, value: [{ value: 'a' }] }
    expect(patch(groupType, {}, { Operations: [operation] }).code).toBe('reservedPath')
    expect(body({ displayName: 'T', [enterprise]: { costCenter: 'x' } }, groupType).code).toBe(
      'reservedUrn',
    )
  })

  it('is free where it only looks reserved', () => {
    for (const urn of [
      'urn:ietf:params:scim:schemas:extension:workspace:2.0:User',
      'urn:ietf:params:scim:schemas:zivver:0.1:User',
    ]) {
      expect(body({ userName: 'ann', [urn]: { a: 1 } }).after).toEqual({
        userName: 'ann',
        [urn]: { a: 1 },
      })
      expect(user({ op: 'add', path: `${urn}:a`, value: 1 }).after).toEqual({
        ...ann,
        [urn]: { a: 1 },
      })
    }
  })

  it('is never stored as the URN before a name', () => {
    const name = 'urn:ietf:params:scim:schemas:extension:Acme'
    expect(user({ op: 'add', path: name, value: 'x' }).code).toBe('undescribable')
    expect(body({ ...ann, [name]: 'x' }).after).toEqual(ann)
  })
})

describe('a known URN with a dot or of an older client', () => {
  it.each([
    `${core}:User.active`,
    'urn:scim:schemas:core:2.0:User:active',
    'urn:scim:schemas:core:1.0:active',
  ])('%s names the attribute in paths, keys and bodies', (name) => {
    const after = { ...ann, active: false }
    expect(user({ op: 'replace', path: name, value: false }).after).toEqual(after)
    expect(user({ op: 'replace', value: { [name]: 'False' } }).after).toEqual(after)
    expect(body({ userName: 'ann', [name]: false }).after).toEqual(after)
  })

  it('names an extension as Grouper writes it, and a list with a filter', () => {
    const path = `${enterprise}.costCenter`
    const after = { ...ann, [enterprise]: { costCenter: 'CC1' } }
    expect(user({ op: 'replace', path, value: 'CC1' }).after).toEqual(after)
    expect(user({ op: 'add', value: { [path]: 'CC1' } }).after).toEqual(after)
    expect(body({ ...ann, [path]: 'CC1' }).after).toEqual(after)
    const email = `${core}:User.emails[type eq "work"].value`
    expect(user({ op: 'add', path: email, value: 'a@x.test' }).after?.['emails']).toEqual([
      { type: 'work', value: 'a@x.test' },
    ])
  })
})

describe('a name that no schema describes', () => {
  const names = ['favoriteColor', 'name.nick', `${core}:User:role`, `${enterprise}:badge`]

  it.each(names)('%s is passed over beside others, however it is sent, and said', (name) => {
    const after = { ...ann, title: 'Boss' }
    const title = { op: 'replace', path: 'title', value: 'Boss' }
    for (const sent of [
      user(title, { op: 'add', path: name, value: 'x' }),
      user({ op: 'add', path: name, value: 'x' }, title),
      user({ op: 'replace', value: { title: 'Boss', [name]: 'x' } }),
      user(title, { op: 'replace', value: { [name]: 'x' } }),
      body({ ...after, [name]: 'x' }),
    ]) {
      expect(sent.after).toEqual(after)
      expect(sent.applied).toContain('unknownName')
    }
  })

  it.each(names)('%s is refused where the request names nothing else', (name) => {
    expect(user({ op: 'add', path: name, value: 'x' }).code).toBe('invalidPath')
    expect(user({ op: 'add', value: { [name]: 'x' } }).code).toBe('invalidPath')
  })

  it('is said inside objects too, unless it holds nothing', () => {
    for (const [sent, isSaid] of [
      [body({ ...ann, name: { nick: 'A' } }), true],
      [body({ ...ann, [enterprise]: { badge: 1 } }), true],
      [body({ ...ann, emails: [{ value: 'a@x.test', color: 'red' }] }), true],
      [body({ ...ann, favoriteColor: null, name: { nick: null } }), false],
    ] as const) {
      expect(sent.applied.includes('unknownName')).toBe(isSaid)
    }
  })

  it('does not hide a path that cannot be read', () => {
    const title = { op: 'replace', path: 'title', value: 'Boss' }
    expect(user(title, { op: 'add', path: 17, value: 'x' }).code).toBe('invalidPath')
    expect(user(title, { op: 'add', path: 'emails[type zz "a"].value', value: 'x' }).code).toBe(
      'invalidFilter',
    )
    const value = { title: 'Boss', 'emails[type zz "a"].value': 'x' }
    expect(user({ op: 'add', value }).code).toBe('invalidFilter')
  })
})

describe('what is read-only in a value without path', () => {
  it('passes where it is so', () => {
    const value = {
      ...shown,
      groups: [{ value: 'g1', $ref: 'https://x.test/scim/v2/t/Groups/g1' }],
      meta: { ...(shown['meta'] as JsonObject), location: 'https://x.test/scim/v2/t/Users/17' },
      title: 'Boss',
    }
    for (const profile of ['auto', 'rfc'] as const) {
      const sent = patch(userType, ann, { Operations: [{ op: 'replace', value }] }, profile)
      expect(sent).toEqual({ after: { ...ann, title: 'Boss' }, applied: [] })
    }
  })

  it.each([
    ['id', 'other'],
    ['id', ['17', '18']],
    ['groups', []],
    ['groups', [{ value: 'g2' }]],
    ['schemas', ['urn:example:other']],
    ['meta', { version: 'W/"2"' }],
    ['meta', { location: 'https://x.test/Users/18' }],
  ])('is a tolerance where %s is another (%j), and refused by rfc', (name, value) => {
    const operations = [{ op: 'replace', value: { [name]: value, title: 'Boss' } }]
    expect(patch(userType, ann, { Operations: operations })).toEqual({
      after: { ...ann, title: 'Boss' },
      applied: ['readOnlyValue'],
    })
    expect(patch(userType, ann, { Operations: operations }, 'rfc').code).toBe('readOnly')
  })
})

describe('active', () => {
  it.each([
    { op: 'remove', path: 'active' },
    { op: 'Remove', path: `${core}:User:active`, value: 'True' },
    { op: 'replace', path: 'active', value: null },
    { op: 'replace', path: 'active', value: '' },
    { op: 'replace', path: 'active', value: [] },
    { op: 'add', path: 'active', value: null },
    { op: 'replace', path: 'active' },
    { op: 'replace', value: { active: null } },
    { op: 'add', value: { active: [] } },
    { op: 'replace', value: { [`${core}:User`]: { active: '' } } },
  ])('cannot be taken away by silence: %j', (operation) => {
    expect(user(operation).code).toBe('activeWithoutValue')
    expect(user({ op: 'replace', path: 'title', value: 'x' }, operation).code).toBe(
      'activeWithoutValue',
    )
  })

  it('is no value in a body where it is empty text, and left out where it is null or no list', () => {
    expect(body({ userName: 'ann', active: '' }).code).toBe('activeWithoutValue')
    for (const active of [null, []]) {
      expect(body({ userName: 'ann', active }).after).toEqual({ userName: 'ann' })
    }
  })
})

describe('any names', () => {
  const piece = fc.constantFrom(
    'urn',
    'ietf',
    'params',
    'scim',
    'schemas',
    'core',
    'api',
    'extension',
    'enterprise',
    '2.0',
    '1.0',
    'User',
    'Group',
    'Users',
    'active',
    'costCenter',
    'acme',
    'x',
  )
  const separator = fc.constantFrom(':', ':', ':', '.')
  const name = fc
    .tuple(
      fc.constantFrom('urn:ietf:params:scim:schemas:core', 'urn:scim:schemas:core', 'urn:x', core),
      fc.array(fc.tuple(separator, piece), { maxLength: 5 }),
    )
    .map(([start, rest]) => start + rest.map((parts) => parts.join('')).join(''))

  it('with a URN leave no content under a URN that the RFCs have taken', () => {
    const op = fc.constantFrom('add', 'replace')
    const value = fc.constantFrom<Json>(false, 'x', { active: false }, [1])
    fc.assert(
      fc.property(name, op, value, (path, op, value) => {
        for (const sent of [
          user({ op, path, value }),
          user({ op, value: { [path]: value } }),
          body({ ...ann, [path]: value }),
        ]) {
          for (const key of Object.keys(sent.after ?? {})) {
            const isTaken = /^urn:(ietf:params:scim:(schemas:core|api)|scim:schemas)/i.test(key)
            expect(isTaken, `${path} is kept as ${key}`).toBe(false)
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('are understood the same in a path, a key and a body', () => {
    const value = fc.constantFrom<Json>(false, 'x', { a: 1 })
    fc.assert(
      fc.property(name, value, (path, value) => {
        const byPath = user({ op: 'add', path, value })
        const byKey = user({ op: 'add', value: { [path]: value } })
        // What is read-only is refused by its path, and passed over in a value that states it.
        expect(byKey.after).toEqual(byPath.code === 'readOnly' ? ann : byPath.after)
        const isRefused = (code = '') => /^(reserved|wrongType)/.test(code)
        expect(isRefused(byKey.code)).toBe(isRefused(byPath.code))
        const whole = body({ ...ann, [path]: value })
        // A PATCH of nothing but an unknown name is refused; and it may set a member by itself.
        if (byPath.code === 'invalidPath') expect(whole.applied).toContain('unknownName')
        else if (byPath.code !== 'readOnly')
          expect(isRefused(whole.code)).toBe(isRefused(byPath.code))
      }),
      { numRuns: 2_000 },
    )
  })
})
