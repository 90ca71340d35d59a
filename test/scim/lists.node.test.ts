/** What POST, PUT and PATCH make of a list, and of text that holds JSON. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../src/scim/patch/apply'
import { readPatch } from '../../src/scim/patch/parse'
import { groupType } from '../../src/scim/group'
import { isObject, type Json, type JsonObject } from '../../src/scim/json'
import { readResource } from '../../src/scim/resource'
import type { ResourceType } from '../../src/scim/schema'
import { startReading } from '../../src/scim/tolerance/reading'
import { userType } from '../../src/scim/user'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

function patch(before: JsonObject, operations: readonly Json[], type: ResourceType = userType) {
  const reading = startReading(type)
  const read = readPatch(reading, { Operations: [...operations] })
  const changed = read.ok ? applyChanges(reading, before, read.value, {}) : read
  return {
    after: changed.ok ? changed.value : undefined,
    code: changed.ok ? undefined : changed.error.code,
    applied: [...reading.applied].toSorted(),
  }
}

function post(body: JsonObject, type: ResourceType = userType) {
  const reading = startReading(type)
  const read = readResource(reading, body)
  return {
    after: read.ok ? read.value : undefined,
    code: read.ok ? undefined : read.error.code,
    applied: [...reading.applied].toSorted(),
  }
}

/** One list as POST, as PATCH with a path, and as PATCH without one make it. */
function made(name: string, list: Json): (Json | undefined)[] {
  return [
    post({ [name]: list }),
    patch({}, [{ op: 'replace', path: name, value: list }]),
    patch({}, [{ op: 'add', path: name, value: list }]),
    patch({}, [{ op: 'replace', value: { [name]: list } }]),
  ].map(({ after }) => after?.[name])
}

describe('a list', () => {
  it('holds one entry of each type and value; the later wins', () => {
    for (const [list, expected] of [
      [
        [{ value: 'a@example.com' }, { value: 'a@example.com', type: 'work' }],
        [{ value: 'a@example.com' }, { value: 'a@example.com', type: 'work' }],
      ],
      [
        [{ value: 'a', type: 'work', display: 'x' }, { value: 'b' }, { value: 'A', type: 'WORK' }],
        [{ value: 'A', type: 'WORK', display: 'x' }, { value: 'b' }],
      ],
      [
        [
          { value: 'a', type: 'work' },
          { value: 'a', type: 'home' },
        ],
        [
          { value: 'a', type: 'work' },
          { value: 'a', type: 'home' },
        ],
      ],
    ] as const) {
      for (const result of made('emails', list as unknown as Json)) expect(result).toEqual(expected)
    }
  })

  it('is the same by POST, PUT and PATCH, and has no entry twice', () => {
    const entry = fc.record(
      {
        value: fc.constantFrom('a', 'A', 'b'),
        type: fc.constantFrom('work', 'Work', 'home'),
        display: fc.constantFrom('x', 'y'),
        primary: fc.boolean(),
      },
      { requiredKeys: ['value'] },
    )
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), (list) => {
        const [first, ...others] = made('emails', list)
        for (const other of others) expect(other).toEqual(first)
        const keys = (first as { value: string; type?: string }[]).map(({ value, type }) =>
          JSON.stringify([value, type]).toLowerCase(),
        )
        expect(new Set(keys).size).toBe(keys.length)
        for (const { value, type } of list) {
          expect(keys).toContain(JSON.stringify([value, type]).toLowerCase())
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('loses the entry that is named by value and type, not one that only looks like it', () => {
    const untyped = { value: 'a' }
    const [work, home] = ['work', 'home'].map((type) => ({ value: 'a', type }))
    const remove = (emails: Json, value: Json) =>
      patch({ emails }, [{ op: 'remove', path: 'emails', value }]).after?.['emails']
    expect(remove([untyped, work, home] as Json, [work] as Json)).toEqual([untyped, home])
    expect(remove([untyped, home] as Json, [work] as Json)).toEqual([home])
    expect(remove([untyped, work, home] as Json, [untyped])).toBeUndefined()
  })

  it('says that an entry without a value was passed over', () => {
    const sent = post({ userName: 'ann', emails: [{ type: 'work', primary: true }, null] })
    expect(sent).toMatchObject({ after: { userName: 'ann' }, applied: ['entryWithoutValue'] })
  })
})

describe('a path whose filter matches no entry', () => {
  const before: JsonObject = { emails: [{ value: 'a@x.test', type: 'work', primary: true }] }

  it.each([
    [{ op: 'replace', path: 'phoneNumbers[type eq "home"].display', value: 'x' }],
    [{ op: 'replace', path: 'emails[type eq "home"]', value: { primary: true } }],
    [{ op: 'add', path: 'emails[type eq "home"].primary', value: true }],
    [{ op: 'add', path: 'phoneNumbers.display', value: 'x' }],
    [{ op: 'replace', value: { 'emails[type eq "home"].primary': 'True' } }],
    [
      { op: 'add', path: 'roles[type eq "x"].display', value: 'x' },
      { op: 'add', path: 'roles[type eq "y"].value', value: 'y' },
    ],
    [
      { op: 'add', path: 'emails[type eq "home"].primary', value: true },
      { op: 'add', path: 'emails[type eq "work"].primary', value: true },
    ],
  ])('and that gets no value has no target: %j', (...operations) => {
    expect(patch(before, operations).code).toBe('noTarget')
  })

  it('gets its value in a later operation, or goes again', () => {
    const display = { op: 'Add', path: 'phoneNumbers[type eq "home"].display', value: 'x' }
    const value = { op: 'Add', path: 'phoneNumbers[type eq "home"].value', value: '1' }
    expect(patch({}, [display, value]).after).toEqual({
      phoneNumbers: [{ type: 'home', display: 'x', value: '1' }],
    })
    const retyped = { op: 'Add', path: 'phoneNumbers[type eq "home"].type', value: 'work' }
    const last = { op: 'Add', path: 'phoneNumbers[type eq "work"].value', value: '1' }
    expect(patch({}, [display, retyped, last]).after?.['phoneNumbers']).toHaveLength(1)
    expect(patch({}, [display, { op: 'remove', path: 'phoneNumbers' }]).after).toEqual({})
  })

  it('never takes the mark from the main address', () => {
    const type = fc.constantFrom('work', 'home', 'other')
    const operation = fc.oneof(
      type.map((type) => ({ op: 'add', path: `emails[type eq "${type}"].primary`, value: true })),
      type.map((type) => ({ op: 'add', path: `emails[type eq "${type}"].value`, value: 'n' })),
      type.map((type) => ({
        op: 'replace',
        path: `emails[type eq "${type}"]`,
        value: { primary: true },
      })),
    )
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
        const { after, code } = patch(before, operations)
        const emails = (after?.['emails'] ?? []) as JsonObject[]
        const marked = emails.filter(({ primary }) => primary === true)
        expect(code ?? marked.length).toBe(code === undefined ? 1 : 'noTarget')
      }),
    )
  })
})

describe('text that holds JSON', () => {
  const text = JSON.stringify({ id: '18d1', value: '25', displayName: 'Role1234' })
  const role = { value: '25', display: 'Role1234' }

  it('is the role of Entra, once, by path, without one and in a body', () => {
    const operation = { op: 'Add', path: 'roles', value: [{ value: text }] }
    const { after, applied } = patch({}, [operation, operation])
    expect(after).toEqual({ roles: [role] })
    expect(applied).toContain('jsonInText')
    for (const value of [[{ value: text }], [text], text, { Value: text }]) {
      expect(patch({}, [{ op: 'Add', value: { roles: value } }]).after).toEqual({ roles: [role] })
      expect(post({ roles: value }).after).toEqual({ roles: [role] })
    }
    expect(patch({ roles: [role] }, [operation]).after).toEqual({ roles: [role] })
  })

  it('fills what stands beside it and what a filter has chosen', () => {
    const value = [{ value: text, type: 'x', primary: 'True' }]
    expect(post({ roles: value }).after?.['roles']).toEqual([{ ...role, type: 'x', primary: true }])
    const path = 'roles[primary eq "True"].value'
    expect(patch({}, [{ op: 'Add', path, value: text }]).after?.['roles']).toEqual([
      { ...role, primary: true },
    ])
  })

  it('is read for e-mails, phones, addresses, the manager and members', () => {
    const json = (value: JsonObject) => JSON.stringify(value)
    expect(post({ emails: [{ value: json({ value: 'a@x.test', type: 'work' }) }] }).after).toEqual({
      emails: [{ value: 'a@x.test', type: 'work' }],
    })
    expect(post({ phoneNumbers: json({ value: 1234, type: 'work' }) }).after).toEqual({
      phoneNumbers: [{ value: '1234', type: 'work' }],
    })
    expect(post({ addresses: [json({ locality: 'Wien' })] }).after).toEqual({
      addresses: [{ locality: 'Wien' }],
    })
    for (const path of [`${enterprise}:manager`, `${enterprise}:manager.value`]) {
      expect(patch({}, [{ op: 'Add', path, value: json({ value: '17' }) }]).after).toEqual({
        [enterprise]: { manager: { value: '17' } },
      })
    }
    expect(post({ members: [{ value: json({ value: 'u1' }) }] }, groupType).after).toEqual({
      members: [{ value: 'u1' }],
    })
  })

  it('holds a whole list: the same as that list, by POST and by each operation of a PATCH', () => {
    const types = fc.constantFrom('work', 'home', 'other')
    const entry = fc.record({ value: fc.stringMatching(/^[a-z]{1,8}$/), type: types })
    const names = fc.constantFrom('phoneNumbers', 'ims', 'roles', 'entitlements', 'emails')
    const shapes = fc.constantFrom<(text: string) => Json>(
      (text) => text,
      (text) => [text],
      (text) => ({ value: text }),
      (text) => [{ Value: text }],
    )
    const lists = fc.array(entry, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(names, lists, lists, shapes, (name, before, list, shape) => {
        const text = shape(JSON.stringify(list))
        const made = post({ [name]: text })
        expect(made.after).toEqual(post({ [name]: list }).after)
        expect(made.applied).toContain('jsonInText')
        const start = post({ [name]: before }).after ?? {}
        for (const op of ['add', 'replace', 'remove']) {
          for (const at of [{ path: name, value: text }, { value: { [name]: text } }]) {
            if (op === 'remove' && !('path' in at)) continue
            const plain =
              'path' in at ? { op, path: name, value: list } : { op, value: { [name]: list } }
            expect(patch(start, [{ op, ...at }]).after).toEqual(patch(start, [plain]).after)
          }
        }
      }),
    )
    const ids = '[{"value":"u1"},{"id":"u2"}]'
    expect(post({ members: ids }, groupType).after).toEqual({
      members: [{ value: 'u1' }, { value: 'u2' }],
    })
    const manager = '[{"value":"17"}]'
    expect(post({ [enterprise]: { manager } }).after).toEqual({
      [enterprise]: { manager: { value: '17' } },
    })
    expect(post({ [enterprise]: { manager: '[{"value":"1"},{"value":"2"}]' } }).code).toBe(
      'wrongType',
    )
  })

  it('stays text where it names no part, loses a digit or is no JSON', () => {
    for (const value of ['{"scope":"all"}', '{"value":12345678901234567890}', '{value', '[1]']) {
      expect(post({ entitlements: [{ value }] }).after).toEqual({ entitlements: [{ value }] })
    }
  })

  it('becomes no name that a client made up', () => {
    const value = '{"__proto__":{"polluted":1},"constructor":1,"value":"a"}'
    const { after } = post({ roles: [{ value }] })
    expect(after).toEqual({ roles: [{ value: 'a' }] })
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('gives what the object itself gives, for any parts', () => {
    const entry = fc.record(
      {
        value: fc.oneof(fc.string({ minLength: 1 }), fc.integer()),
        type: fc.string(),
        display: fc.string(),
        primary: fc.boolean(),
      },
      { requiredKeys: ['value'] },
    )
    fc.assert(
      fc.property(entry, (object) => {
        fc.pre(!/^\s*\{/.test(String(object.value)))
        const plain = post({ roles: [object] })
        const inside = post({ roles: [{ value: JSON.stringify(object) }] })
        expect(inside.after).toEqual(plain.after)
        expect(isObject(inside.after)).toBe(true)
      }),
    )
  })
})

describe('a display name of an entry', () => {
  it('fills its display, unless it has one', () => {
    expect(post({ roles: [{ value: 'a', displayName: 'A' }] })).toEqual({
      after: { roles: [{ value: 'a', display: 'A' }] },
      code: undefined,
      applied: ['displayNameAsDisplay'],
    })
    for (const entry of [
      { value: 'a', displayName: 'A', display: 'B' },
      { display: 'B', displayName: 'A', value: 'a' },
    ]) {
      expect(post({ roles: [entry] }).after).toEqual({ roles: [{ value: 'a', display: 'B' }] })
    }
  })
})

describe('a number given for text', () => {
  it('keeps its digits, or is refused', () => {
    expect(post({ externalId: 701984 }).after).toEqual({ externalId: '701984' })
    expect(post({ externalId: -9007199254740991 }).after).toEqual({
      externalId: '-9007199254740991',
    })
    for (const number of [1.1, 1e21, 2 ** 53]) {
      expect(post({ externalId: number }).code).toBe('wrongType')
    }
  })
})

describe('entries that a PATCH makes the same', () => {
  const work = { value: 'a@x.test', type: 'work', primary: true }
  const home = { value: 'b@x.test', type: 'home', display: 'Home' }

  it('are one afterwards, in whichever way it does', () => {
    const before = { emails: [work, home] }
    const steps = [
      { op: 'replace', path: 'emails[type eq "home"].type', value: 'work' },
      { op: 'replace', path: 'emails[value eq "b@x.test"].value', value: 'A@x.test' },
    ]
    for (const operations of [steps, steps.toReversed()]) {
      expect(patch(before, operations).after).toEqual({
        emails: [{ value: 'A@x.test', type: 'work', primary: true, display: 'Home' }],
      })
    }
  })

  it('never stand twice in a list, after any operations', () => {
    const type = fc.constantFrom('work', 'home')
    const value = fc.constantFrom('a@x.test', 'b@x.test', 'B@x.test')
    const filter = fc.oneof(
      type.map((one) => `emails[type eq "${one}"]`),
      value.map((one) => `emails[value eq "${one}"]`),
    )
    const operation = fc.oneof(
      fc.record({ op: fc.constant('add'), path: fc.constant('emails'), value }),
      fc
        .tuple(filter, type)
        .map(([path, value]) => ({ op: 'replace', path: `${path}.type`, value })),
      fc.tuple(filter, value).map(([path, value]) => ({ op: 'replace', path, value: { value } })),
    )
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 4 }), (operations) => {
        const emails = (patch({ emails: [work, home] }, operations).after?.['emails'] ??
          []) as Json[]
        const keys = emails.map((one) => {
          const entry = isObject(one) ? one : {}
          return `${String(entry['value']).toLowerCase()} ${String(entry['type'])}`
        })
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })

  it('are told where several of them are marked as primary', () => {
    const operation = { op: 'replace', path: 'emails[value co "x"].primary', value: true }
    const outcome = patch({ emails: [home, { ...home, type: 'other' }] }, [operation])
    expect(outcome.applied).toContain('severalPrimaries')
  })
})

describe('an entry without a value', () => {
  it.each<Json>([null, {}, { value: null }, { type: 'work' }])('is told: %j', (entry) => {
    expect(post({ emails: [entry, { value: 'a@x.test' }] }).applied).toEqual(['entryWithoutValue'])
  })
})
