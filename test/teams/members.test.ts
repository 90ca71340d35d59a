/** What a request says of the members of a team: done, refused, or passed over by name. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admin, eventsOf, tenant } from '../support/gateway'
import { codeOf } from '../support/error-code'
import { groupUrn, patch, person, type Answer, type ScimClient } from '../support/tenant'

interface Filled {
  readonly scim: ScimClient
  readonly id: string
  readonly ids: readonly string[]
  readonly address: string
}

/** A team of the first people of a list; the last of them is not in. */
async function filled(count: number, settings?: unknown): Promise<Filled> {
  const scim = await tenant(settings)
  const ids: string[] = []
  for (let index = 0; index <= count; index += 1) {
    const made = await scim.call('POST', '/Users', person({ displayName: `Person ${index}` }))
    ids.push(made.body.id)
  }
  const members = ids.slice(0, count).map((value) => ({ value }))
  const made = await scim.call('POST', '/Groups', {
    schemas: [groupUrn],
    displayName: 'Team',
    members,
  })
  return { scim, id: made.body.id, ids, address: `/Groups/${made.body.id}` }
}

async function membersOf({ scim, address }: Filled): Promise<string[]> {
  const { body } = await scim.call('GET', address)
  return body.members.map(({ value }: { value: string }) => value).sort()
}

/** Sorts the ids of some of the people by their places. */
function some({ ids }: Filled, ...places: readonly number[]): string[] {
  return places.map((place) => ids[place] ?? '').sort()
}

async function toleratedBy({ scim }: Filled): Promise<string[]> {
  return (await eventsOf(scim)).at(-1)?.cause.tolerated ?? []
}

/** Every way to send a list of members; each answers the request for it. */
const ways: readonly (readonly [
  way: string,
  send: (to: Filled, list: unknown) => Promise<Answer>,
])[] = [
  ['PUT', put],
  ['POST', post],
  ['PATCH add', (to, value) => change(to, { op: 'add', path: 'members', value })],
  ['PATCH replace', (to, value) => change(to, { op: 'replace', path: 'members', value })],
  ['PATCH remove', (to, value) => change(to, { op: 'remove', path: 'members', value })],
  ['PATCH add without path', (to, members) => change(to, { op: 'add', value: { members } })],
  [
    'PATCH replace without path',
    (to, members) => change(to, { op: 'replace', value: { members } }),
  ],
  [
    'PATCH by URN',
    (to, value) => change(to, { op: 'replace', path: `${groupUrn}:members`, value }),
  ],
  ['Bulk', inBulk],
]

function put({ scim, address }: Filled, members: unknown): Promise<Answer> {
  return scim.call('PUT', address, { schemas: [groupUrn], displayName: 'Team', members })
}

function post({ scim }: Filled, members: unknown): Promise<Answer> {
  return scim.call('POST', '/Groups', { schemas: [groupUrn], displayName: 'Other', members })
}

function change({ scim, address }: Filled, ...operations: readonly unknown[]): Promise<Answer> {
  return scim.call('PATCH', address, patch(...operations))
}

async function inBulk({ scim, address }: Filled, members: unknown): Promise<Answer> {
  const data = { schemas: [groupUrn], displayName: 'Team', members }
  const answer = await scim.call('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [{ method: 'PUT', path: address, data }],
  })
  const [{ status, response }] = answer.body.Operations
  return { ...answer, status: Number(status), code: codeOf(response), body: response }
}

const unnamed: readonly unknown[] = [
  [{ value: '' }],
  [{ value: ' ' }],
  [{ value: null }],
  [{ value: {} }],
  [{ value: true }],
  [{ display: 'Ann' }],
  [{ $ref: '' }],
  [{ $ref: '/' }],
  [{ id: null }],
  [{}],
  [null],
  [[]],
  [true],
  [''],
  '',
  ' ',
  {},
  true,
]

describe('an entry that identifies nobody', () => {
  it.each(ways)('is refused and quoted by %s, and the team stays as it is', async (_, send) => {
    const team = await filled(2)
    const before = await team.scim.call('GET', team.address)
    for (const list of unnamed) {
      const answer = await send(team, list)
      expect([answer.status, answer.code], JSON.stringify(list)).toEqual([400, 'memberUnnamed'])
      expect(answer.body.scimType).toBe('invalidValue')
      const [entry = null] = Array.isArray(list) ? list : [list]
      expect(answer.body.detail).toContain(JSON.stringify(entry))
    }
    expect((await team.scim.call('GET', team.address)).body).toEqual(before.body)
    expect((await team.scim.call('GET', '/Groups')).body.totalResults).toBe(1)
  })

  it.each(ways)('is refused beside one that names somebody, by %s', async (_, send) => {
    const team = await filled(2)
    const answer = await send(team, [{ value: team.ids[2] }, { value: '' }])
    expect([answer.status, answer.code]).toEqual([400, 'memberUnnamed'])
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
  })

  it.each(['add', 'replace'])('is refused as the value of %s with a filter', async (op) => {
    const team = await filled(2)
    for (const value of unnamed) {
      const path = `members[value eq "${team.ids[0]}"]`
      const answer = await change(team, { op, path, value })
      expect([answer.status, answer.code], JSON.stringify(value)).toEqual([400, 'memberUnnamed'])
    }
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
  })

  it('is refused as a key of a body that names a part of members', async () => {
    const team = await filled(2)
    const body = { schemas: [groupUrn], displayName: 'Team', 'members.value': team.ids[2] }
    const answer = await team.scim.call('PUT', team.address, body)
    expect([answer.status, answer.code]).toEqual([400, 'memberUnnamed'])
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
  })

  it('takes out nobody whom the request does not name, whatever stands in its place', async () => {
    const team = await filled(2)
    const kept = some(team, 0, 1)
    const [ann] = team.ids
    const member = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.dictionary(
        fc.constantFrom('value', 'Value', 'id', '$ref', 'display', 'type'),
        fc.jsonValue({ maxDepth: 1 }),
        { maxKeys: 3 },
      ),
      fc.constant({ value: ann }),
    )
    const operation = fc.oneof(
      fc.record({
        op: fc.constantFrom('add', 'remove', 'Remove'),
        path: fc.constant('members'),
        value: fc.oneof(member, fc.array(member, { maxLength: 3 })),
      }),
      fc.record({
        op: fc.constant('replace'),
        path: fc.constant('members'),
        value: fc.array(member, { minLength: 1, maxLength: 3 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(operation, async (operation) => {
        const answer = await change(team, operation)
        expect(answer.status).toBeLessThan(500)
        const text = JSON.stringify(operation)
        const present = await membersOf(team)
        for (const id of kept) {
          const isNamed = operation.op === 'replace' || text.includes(id)
          if (!isNamed) expect(present, text).toContain(id)
        }
        // A list that replaces names all who stay, and never nobody.
        if (operation.op === 'replace') expect(present.length).toBeGreaterThan(0)
        await put(team, kept)
      }),
      { numRuns: 60 },
    )
  })
})

describe('null and []', () => {
  it.each([
    ['PUT', 0, put],
    ['POST', 2, post],
    ['PATCH add', 2, ways[2]?.[1]],
    ['PATCH replace', 0, ways[3]?.[1]],
    ['PATCH remove', 2, ways[4]?.[1]],
    ['PATCH replace without path', 0, ways[6]?.[1]],
    ['Bulk', 0, inBulk],
  ] as const)(
    'mean the same by %s: a list of nobody, after which %i are in',
    async (_, left, send) => {
      for (const list of [null, []]) {
        const team = await filled(2)
        const answer = await send?.(team, list)
        expect(answer?.status).toBeLessThan(300)
        expect(await membersOf(team)).toHaveLength(left)
      }
    },
  )

  it.each([[null], [[]]])(
    'as the value of a filter that is replaced take out whom it names: %j',
    async (value) => {
      const team = await filled(2)
      const path = `members[value eq "${team.ids[0]}"]`
      expect((await change(team, { op: 'replace', path, value })).status).toBe(200)
      expect(await membersOf(team)).toEqual(some(team, 1))
      const refused = await change(team, { op: 'add', path, value })
      expect([refused.status, refused.code]).toEqual([400, 'missingValue'])
    },
  )
})

describe('a member', () => {
  const forms: readonly (readonly [
    form: string,
    entry: (id: string) => unknown,
    name: string | undefined,
  ])[] = [
    ['value', (value) => ({ value }), undefined],
    ['Value', (id) => ({ Value: id }), undefined],
    ['id', (id) => ({ id }), 'memberById'],
    ['ID', (id) => ({ ID: id, display: 'Ann' }), 'memberById'],
    ['$ref', (id) => ({ $ref: `../Users/${id}` }), 'memberByReference'],
    ['$ref with a slash', (id) => ({ $ref: `../Users/${id}/` }), 'memberByReference'],
    [
      '$ref beside an empty value',
      (id) => ({ value: '', $ref: `https://x/Users/${id}?a=b` }),
      'memberByReference',
    ],
    ['text', (id) => id, 'textAsComplexValue'],
    ['JSON as text', (value) => ({ value: JSON.stringify({ value }) }), 'jsonInText'],
  ]

  it.each(forms)('is identified by %s', async (_, entry, name) => {
    const team = await filled(1)
    const [, bob = ''] = team.ids
    const added = await change(team, { op: 'add', path: 'members', value: [entry(bob)] })
    expect(added.status).toBe(200)
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
    expect(await toleratedBy(team)).toEqual(name === undefined ? [] : [name])
    const removed = await change(team, { op: 'remove', path: 'members', value: entry(bob) })
    expect(removed.status).toBe(200)
    expect(await membersOf(team)).toEqual(some(team, 0))
    await put(team, [entry(bob)])
    expect(await membersOf(team)).toEqual(some(team, 1))
  })

  it.each(forms.filter(([, , name]) => name !== undefined))(
    'is refused by the profile rfc when it is identified by %s',
    async (_, entry) => {
      const team = await filled(1, { profile: 'rfc' })
      const value = [entry(team.ids[1] ?? '')]
      const answer = await change(team, { op: 'add', path: 'members', value })
      expect([answer.status, answer.code]).toEqual([400, 'notTolerated'])
      expect(await membersOf(team)).toEqual(some(team, 0))
    },
  )

  it('is taken out by a list inside an object, as ConnId sends it', async () => {
    const team = await filled(2)
    const members = [{ value: team.ids[0] }]
    const answer = await change(team, { op: 'remove', path: 'members', value: { members } })
    expect(answer.status).toBe(200)
    expect(await membersOf(team)).toEqual(some(team, 1))
    expect(await toleratedBy(team)).toContain('membersInsideValue')
  })
})

describe('text that holds a member', () => {
  it.each(ways)('names the member by value or id, by %s', async (way, send) => {
    for (const name of ['value', 'id']) {
      const team = await filled(1)
      const value = JSON.stringify({ [name]: team.ids[0] })
      const answer = await send(team, [{ value }])
      expect(answer.status).toBeLessThan(300)
      expect(answer.headers.get('X-Passed-Over')).toBeNull()
      expect(await membersOf(team)).toEqual(way === 'PATCH remove' ? [] : some(team, 0))
    }
  })
})

describe('a PUT without members', () => {
  const whole = { schemas: [groupUrn], displayName: 'Renamed' }

  it.each([
    ['the schemas of a team', whole],
    ['schemas of another time', { schemas: ['urn:scim:schemas:core:1.0'], displayName: 'Renamed' }],
    ['more than names', { displayName: 'Renamed', meta: { resourceType: 'Group' } }],
  ])('is the whole team with %s: nobody is in', async (_, body) => {
    const team = await filled(2)
    const answer = await team.scim.call('PUT', team.address, body)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ displayName: 'Renamed', members: [] })
    expect(await membersOf(team)).toEqual([])
    expect(answer.headers.get('X-Passed-Over')).toContain('membersRemoved=2')
    const told = (await notesOf(team)).flatMap(({ passedOver }) => passedOver)
    const why = '2 people left: the PUT named no members.'
    expect(told).toContainEqual(expect.objectContaining({ name: 'membersRemoved', why, count: 2 }))
    const again = await team.scim.call('PUT', team.address, body)
    expect(again.headers.get('X-Passed-Over') ?? '').not.toContain('members')
    const left = (await eventsOf(team.scim)).filter(({ type }) => type === 'team.member_removed')
    expect(left.map(({ member_id: member }) => member).sort()).toEqual(some(team, 0, 1))
  })

  it('is a rename without schemas and with nothing but names, and says so', async () => {
    const team = await filled(2)
    const body = { id: team.id, displayName: 'Renamed', externalId: 'x', schemas: null }
    const answer = await team.scim.call('PUT', team.address, body)
    expect(answer.body.displayName).toBe('Renamed')
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
    expect(await toleratedBy(team)).toContain('renameByPut')
    expect(answer.headers.get('X-Passed-Over') ?? '').not.toContain('members')
  })

  it('is the whole team in the profile rfc, which wants schemas', async () => {
    const team = await filled(2, { profile: 'rfc' })
    const rename = await team.scim.call('PUT', team.address, { displayName: 'Renamed' })
    expect([rename.status, rename.code]).toEqual([400, 'notTolerated'])
    expect((await team.scim.call('PUT', team.address, whole)).body.members).toEqual([])
  })

  it.each([
    ['empty', 0],
    ['keep', 2],
  ] as const)('says what the setting "%s" says, whatever the body holds', async (setting, left) => {
    for (const body of [whole, { displayName: 'Renamed' }]) {
      const team = await filled(2, { putWithoutMembers: setting })
      expect((await team.scim.call('PUT', team.address, body)).status).toBe(200)
      expect(await membersOf(team)).toHaveLength(left)
    }
  })

  it('is held by the guard when too many people would leave', async () => {
    const team = await filled(12, { 'guard.deactivations': 0 })
    expect((await team.scim.call('PUT', team.address, whole)).body.members).toEqual([])
    const types = (await eventsOf(team.scim)).map(({ type }) => type)
    expect(types).not.toContain('team.member_removed')
    const held = await admin.call('GET', `/tenants/${team.scim.slug}/holds`)
    expect(held.body.holds).toHaveLength(1)
  })
})

describe('an answer of PATCH without a body', () => {
  it.each([
    [undefined, 'application/scim+json'],
    ['application/json', 'application/json'],
  ])('names the media type for Accept: %s', async (accept, type) => {
    const team = await filled(1)
    const operation = { op: 'Add', path: 'members', value: [{ value: team.ids[1] }] }
    const headers = accept === undefined ? {} : { Accept: accept }
    const answer = await team.scim.call('PATCH', team.address, patch(operation), headers)
    expect([answer.status, answer.headers.get('Content-Type')]).toEqual([204, type])
  })
})

describe('members that do not exist', () => {
  const ghosts = [{ value: 'ghost' }, { value: 'bulkId:none' }]

  it.each(ways.filter(([way]) => way !== 'PATCH remove' && way !== 'Bulk'))(
    'are skipped beside known ones by %s, and counted in a header and in the log',
    async (_, send) => {
      const team = await filled(1)
      const answer = await send(team, [...ghosts, { value: team.ids[1] }])
      expect(answer.status).toBeLessThan(300)
      expect(answer.headers.get('X-Passed-Over')).toContain('membersSkipped=2')
      const [note] = await notesOf(team)
      expect(note).toMatchObject({
        status: answer.status,
        requestId: answer.headers.get('X-Request-Id'),
        tokenId: team.scim.tokenId,
      })
      const why = 'No user of the tenant has this id: nobody joined.'
      expect(note.passedOver).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'membersSkipped', what: 'ghost', why }),
          expect.objectContaining({ name: 'membersSkipped', what: 'bulkId:none', why }),
        ]),
      )
    },
  )

  it('are told when the others were in already, and nothing was written', async () => {
    const team = await filled(1)
    const before = await eventsOf(team.scim)
    const value = [{ value: team.ids[0] }, ...ghosts]
    const answer = await change(team, { op: 'Add', path: 'members', value })
    expect([answer.status, answer.headers.get('X-Passed-Over')]).toEqual([204, 'membersSkipped=2'])
    expect(await eventsOf(team.scim)).toEqual(before)
    expect(await notesOf(team)).toHaveLength(1)
  })

  it('are told of an operation of a Bulk', async () => {
    const team = await filled(1)
    const answer = await inBulk(team, [{ value: 'ghost' }, { value: team.ids[0] }])
    expect(answer.headers.get('X-Passed-Over')).toContain('membersSkipped=1')
    const [note] = await notesOf(team)
    expect(note.passedOver).toContainEqual(expect.objectContaining({ what: 'ghost', of: team.id }))
  })
})

async function activityPage({ scim }: Filled, query: string): Promise<any> {
  return (await admin.call('GET', `/tenants/${scim.slug}/activity${query}`)).body
}

async function notesOf(team: Filled): Promise<readonly any[]> {
  return (await activityPage(team, '?outcome=passedOver')).activity
}

describe('somebody to take out', () => {
  it.each([
    [{ op: 'remove', path: 'members', value: [{ value: 'ann@example.com' }] }],
    [{ op: 'remove', path: 'members[value eq "ann@example.com"]' }],
    [{ op: 'Remove', path: 'members', value: 'ann@example.com' }],
  ])('by what no id looks like is told, since everybody stays: %j', async (operation) => {
    const team = await filled(2)
    const answer = await change(team, operation)
    expect(answer.status).toBeLessThan(300)
    expect(answer.headers.get('X-Passed-Over')).toBe('membersSkipped=1')
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
    const [note] = await notesOf(team)
    expect(note.passedOver).toMatchObject([{ name: 'membersSkipped', what: 'ann@example.com' }])
  })

  it('is named by path and value alike, or nobody leaves', async () => {
    const team = await filled(3)
    const [ann, bob, cat] = team.ids
    const both = `members[value eq "${ann}" or value eq "${bob}"]`
    for (const path of [`members[value eq "${ann}"]`, 'members[display eq "Person 0"]']) {
      const other = await change(team, { op: 'remove', path, value: [{ value: bob }] })
      expect([other.status, other.body.scimType]).toEqual([400, 'invalidValue'])
      expect(await membersOf(team)).toEqual(some(team, 0, 1, 2))
    }
    expect((await change(team, { op: 'remove', path: both, value: { value: bob } })).status).toBe(
      200,
    )
    expect(await membersOf(team)).toEqual([ann, cat].sort())
    expect((await change(team, { op: 'remove', path: both, value: [] })).status).toBe(200)
    expect(await membersOf(team)).toEqual([cat])
  })
})

describe('a filter of members', () => {
  it('that is replaced takes one out and another in', async () => {
    const team = await filled(2)
    const [ann, bob, cat] = team.ids
    const path = `members[value eq "${ann}"]`
    const answer = await change(team, { op: 'replace', path, value: { value: cat } })
    expect(answer.status).toBe(200)
    expect(await membersOf(team)).toEqual(some(team, 1, 2))
    const same = { op: 'replace', path: `members[value eq "${bob}"]`, value: [{ value: bob }] }
    expect((await change(team, same)).status).toBe(200)
    expect(await membersOf(team)).toEqual(some(team, 1, 2))
  })

  it('that matches nobody and is replaced has no target', async () => {
    const team = await filled(2)
    for (const other of [{ value: team.ids[2] }, { value: team.ids[0] }]) {
      const path = `members[value eq "${team.ids[2]}"]`
      const answer = await change(team, { op: 'replace', path, value: other })
      expect([answer.status, answer.body.scimType]).toEqual([400, 'noTarget'])
    }
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
  })

  it('that is added to takes in nobody else than it names', async () => {
    const team = await filled(1)
    const path = `members[value eq "${team.ids[1]}"]`
    const other = await change(team, { op: 'add', path, value: { value: team.ids[0] } })
    expect([other.status, other.body.scimType]).toEqual([400, 'invalidValue'])
    expect(await membersOf(team)).toEqual(some(team, 0))
    expect((await change(team, { op: 'add', path, value: { value: team.ids[1] } })).status).toBe(
      200,
    )
    expect(await membersOf(team)).toEqual(some(team, 0, 1))
  })

  it('is no way to put somebody in the place of another who is in already: a chain of UnboundID changes nobody', async () => {
    const team = await filled(10)
    const { ids } = team
    const named = (place: number) => ({ path: `members[value eq "${ids[place]}"]` })
    const chain = [4, 5, 6, 7, 8].map((place) => ({
      op: 'replace',
      ...named(place),
      value: [{ value: ids[place + 1] }],
    }))
    const answer = await change(team, ...chain, { op: 'remove', ...named(9) })
    expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue'])
    expect(answer.body.detail).toContain(`"${ids[5]}" is in the team already`)
    expect(answer.body.detail).toContain(`remove members[value eq "${ids[4]}"]`)
    expect(await membersOf(team)).toEqual(ids.slice(0, 10).toSorted())
  })

  it('sees every part that an answer shows', async () => {
    const team = await filled(3)
    const { body } = await team.scim.call('GET', team.address)
    const [first] = body.members
    const place = team.ids.indexOf(first.value)
    const others = [0, 1, 2].filter((index) => index !== place)
    const { value, $ref, type, display } = first
    const one = [
      `value eq "${value}"`,
      `$ref eq "${$ref}"`,
      `$ref eq "../Users/${value}/"`,
      `$ref eq "https://elsewhere.example/scim/Users/${value}"`,
      `$ref ew "${value}"`,
      `display eq "${display}"`,
      `(value eq "${value}" and display eq "${display}" and type eq "${type}" and $ref eq "${$ref}")`,
      `not (value ne "${value}")`,
    ]
    for (const filter of one) {
      await put(team, team.ids.slice(0, 3))
      await change(team, { op: 'remove', path: `members[${filter}]` })
      expect(await membersOf(team), filter).toEqual(some(team, ...others))
    }
    for (const filter of [
      `$ref ne "${$ref}"`,
      `not ($ref eq "${$ref}")`,
      `display ne "${display}"`,
      `value ne "${value}"`,
    ]) {
      await put(team, team.ids.slice(0, 3))
      await change(team, { op: 'remove', path: `members[${filter}]` })
      expect(await membersOf(team), filter).toEqual([value])
    }
    for (const filter of [
      'type ne "User"',
      '$ref eq "nowhere"',
      'display eq "Nobody"',
      'not ($ref pr)',
      'not (type pr)',
      'not (display pr)',
    ]) {
      await put(team, team.ids.slice(0, 3))
      await change(team, { op: 'remove', path: `members[${filter}]` })
      expect(await membersOf(team), filter).toHaveLength(3)
    }
  })

  it('that names what no answer shows is refused', async () => {
    const team = await filled(2)
    for (const filter of [
      'active eq true',
      'userName ne "x"',
      'not (emails pr)',
      'value.value eq "x"',
    ]) {
      const answer = await change(team, { op: 'remove', path: `members[${filter}]` })
      expect([answer.status, answer.body.scimType], filter).toEqual([400, 'invalidFilter'])
    }
    expect(await membersOf(team)).toHaveLength(2)
  })

  it.each([
    ['the name', () => 'display eq "Person 1"'],
    ['the address', (id: string) => `$ref ew "${id}"`],
    ['the id and the name', (id: string) => `value eq "${id}" and display sw "person"`],
  ])('sees who joined in the same request, by %s', async (_, filter) => {
    const team = await filled(1)
    const [, bob = ''] = team.ids
    const answer = await change(
      team,
      { op: 'add', path: 'members', value: [{ value: bob }] },
      { op: 'remove', path: `members[${filter(bob)}]` },
    )
    expect(answer.status).toBe(200)
    expect(await membersOf(team)).toEqual(some(team, 0))
    const moved = await change(
      team,
      { op: 'replace', path: 'members', value: [{ value: bob }] },
      { op: 'replace', path: `members[${filter(bob)}]`, value: { value: team.ids[0] } },
    )
    expect(moved.status).toBe(200)
    expect(await membersOf(team)).toEqual(some(team, 0))
  })

  it('does not see whom no user is', async () => {
    const team = await filled(1)
    const answer = await change(
      team,
      { op: 'add', path: 'members', value: [{ value: 'ghost' }] },
      { op: 'replace', path: 'members[value eq "ghost"]', value: { value: team.ids[1] } },
    )
    expect([answer.status, answer.body.scimType]).toEqual([400, 'noTarget'])
    expect(await membersOf(team)).toEqual(some(team, 0))
  })
})
