import { describe, expect, it } from 'vitest'
import { eventsOf, tenant } from '../support/gateway'
import { groupUrn, patch, person, type Answer, type ScimClient } from '../support/tenant'
import { versionOf } from '../support/tag'

async function people(scim: ScimClient, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) {
    ids.push(
      (await scim.call('POST', '/Users', person({ displayName: `Person ${index}` }))).body.id,
    )
  }
  return ids
}

function team(scim: ScimClient, displayName: string, ids: readonly string[] = []): Promise<Answer> {
  return scim.call('POST', '/Groups', {
    schemas: [groupUrn],
    displayName,
    members: ids.map((value) => ({ value })),
  })
}

async function membersOf(scim: ScimClient, id: string): Promise<string[]> {
  const { body } = await scim.call('GET', `/Groups/${id}`)
  return body.members.map(({ value }: { value: string }) => value).sort()
}

describe('POST /Groups', () => {
  it('answers 201 with the team, its members, and addresses for both', async () => {
    const scim = await tenant()
    const [ann] = await people(scim, 1)
    const made = await scim.call('POST', '/Groups', {
      displayName: ' Sales / EMEA #1 ',
      externalId: 'g1',
      members: [{ value: ann }],
    })
    expect(made.status).toBe(201)
    expect(made.body).toEqual({
      schemas: [groupUrn],
      id: made.body.id,
      externalId: 'g1',
      displayName: ' Sales / EMEA #1 ',
      members: [
        { value: ann, $ref: `${scim.baseUrl}/Users/${ann}`, type: 'User', display: 'Person 0' },
      ],
      meta: {
        resourceType: 'Group',
        created: made.body.meta.created,
        lastModified: made.body.meta.created,
        location: `${scim.baseUrl}/Groups/${made.body.id}`,
        version: expect.stringMatching(/^W\/"1-[0-9a-f]{16}"$/),
      },
    })
    expect(made.headers.get('Location')).toBe(made.body.meta.location)
    expect((await scim.call('GET', `/Groups/${made.body.id}`)).body).toEqual(made.body)
    const user = await scim.call('GET', `/Users/${ann}`)
    expect(user.body.groups).toEqual([
      {
        value: made.body.id,
        $ref: made.body.meta.location,
        display: ' Sales / EMEA #1 ',
        type: 'direct',
      },
    ])
  })

  it.each([' team ', 'TEAM', 'Team', '\u00a0Team'])(
    'refuses %j beside "Team"',
    async (displayName) => {
      const scim = await tenant()
      await team(scim, 'Team')
      const second = await team(scim, displayName)
      expect(second.status).toBe(409)
      expect([second.body.scimType, second.code]).toEqual(['uniqueness', 'teamNameTaken'])
    },
  )

  it('skips members that do not exist beside one that does, and refuses when none does', async () => {
    const scim = await tenant()
    const [ann] = await people(scim, 1)
    const mixed = await team(scim, 'Mixed', [String(ann), 'nobody'])
    expect(mixed.status).toBe(201)
    expect(mixed.body.members).toHaveLength(1)
    const none = await team(scim, 'None', ['nobody', 'no-one'])
    expect(none.status).toBe(400)
    expect(none.body.detail).toContain('"nobody", "no-one"')
    expect((await scim.call('GET', '/Groups')).body.totalResults).toBe(1)
  })
})

describe('PATCH /Groups/{id}', () => {
  it('answers 200 with the team to lower-case operations, and 204 to those in capitals', async () => {
    const scim = await tenant()
    const [ann = '', bob = ''] = await people(scim, 2)
    const { id } = (await team(scim, 'Team')).body
    const plain = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'add', path: 'members', value: [{ value: ann }] }),
    )
    expect(plain.status).toBe(200)
    expect(plain.body).toEqual((await scim.call('GET', `/Groups/${id}`)).body)
    expect(plain.headers.get('Content-Location')).toBe(plain.body.meta.location)
    expect(plain.headers.get('Location')).toBe(plain.body.meta.location)
    const entra = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'Add', path: 'members', value: [{ $ref: null, value: bob }] }),
    )
    expect([entra.status, entra.body, entra.headers.get('ETag')]).toEqual([204, undefined, 'W/"3"'])
    expect(entra.headers.get('Location')).toBe(plain.body.meta.location)
    const asked = await scim.call(
      'PATCH',
      `/Groups/${id}?attributes=displayName`,
      patch({ op: 'Replace', path: 'displayName', value: 'Renamed' }),
    )
    expect([asked.status, asked.body]).toEqual([
      200,
      { schemas: [groupUrn], id, displayName: 'Renamed' },
    ])
  })

  it('does not send a team of more than 100 members back, unless it is asked to', async () => {
    const scim = await tenant()
    const ids = await people(scim, 102)
    const { id } = (await team(scim, 'Large', ids.slice(0, 100))).body
    const change = (index: number) =>
      patch({ op: 'add', path: 'members', value: [{ value: ids[index] }] })
    const large = await scim.call('PATCH', `/Groups/${id}`, change(100))
    expect([large.status, large.body]).toEqual([204, undefined])
    const asked = await scim.call(
      'PATCH',
      `/Groups/${id}?excludedAttributes=externalId`,
      change(101),
    )
    expect(asked.status).toBe(200)
    expect(asked.body.members).toHaveLength(102)
    const without = await scim.call(
      'PATCH',
      `/Groups/${id}?excludedAttributes=members`,
      patch({ op: 'remove', path: `members[value eq "${ids[0]}"]` }),
    )
    expect(without.status).toBe(200)
    expect(without.body).not.toHaveProperty('members')
    const small = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'remove', path: `members[value eq "${ids[1]}"]` }),
    )
    expect(small.status).toBe(200)
    expect(small.body.members).toHaveLength(100)
  })

  it('adds whom it has not, and writes nothing for whom it has', async () => {
    const scim = await tenant()
    const [ann = '', bob = ''] = await people(scim, 2)
    const { id } = (await team(scim, 'Team', [ann])).body
    const before = await eventsOf(scim)
    const same = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'add', path: 'members', value: [{ value: ann }, { value: ann }] }),
    )
    expect(versionOf(same.body.meta.version)).toBe(1)
    const gone = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'remove', path: `members[value eq "${bob}"]` }),
    )
    expect(versionOf(gone.body.meta.version)).toBe(1)
    expect(await eventsOf(scim)).toEqual(before)
    const both = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'add', path: 'members', value: [{ value: ann }, { value: bob }] }),
    )
    expect(versionOf(both.body.meta.version)).toBe(2)
    expect(await eventsOf(scim)).toHaveLength(before.length + 1)
  })

  it.each([
    ['a filter', (id: string) => ({ op: 'remove', path: `members[value eq "${id}"]` })],
    [
      'a list',
      (id: string) => ({ op: 'Remove', path: 'members', value: [{ $ref: null, value: id }] }),
    ],
    [
      'a list with more than the id',
      (id: string) => ({
        op: 'remove',
        path: 'members',
        value: [{ value: id, display: 'x', type: 'User' }],
      }),
    ],
    ['one object', (id: string) => ({ op: 'remove', path: 'members', value: { value: id } })],
    ['a bare id', (id: string) => ({ op: 'remove', path: 'members', value: [id] })],
    ['a name', () => ({ op: 'remove', path: 'members[display eq "person 1"]' })],
  ])('removes the one who is named by %s, and nobody else', async (_, operation) => {
    const scim = await tenant()
    const [ann = '', bob = '', kim = ''] = await people(scim, 3)
    const { id } = (await team(scim, 'Team', [ann, bob, kim])).body
    const answer = await scim.call('PATCH', `/Groups/${id}`, patch(operation(bob)))
    expect([200, 204]).toContain(answer.status)
    expect(await membersOf(scim, id)).toEqual([ann, kim].sort())
  })

  it.each([
    ['replace with an empty list', { op: 'replace', path: 'members', value: [] }],
    ['remove without a value', { op: 'remove', path: 'members' }],
    ['a value without path', { op: 'replace', value: { members: [] } }],
  ])('empties the team on %s', async (_, operation) => {
    const scim = await tenant()
    const { id } = (await team(scim, 'Team', await people(scim, 2))).body
    await scim.call('PATCH', `/Groups/${id}`, patch(operation))
    expect(await membersOf(scim, id)).toEqual([])
  })

  it('empties nothing because a list of whom to remove is empty', async () => {
    const scim = await tenant()
    const { id } = (await team(scim, 'Team', await people(scim, 2))).body
    const answer = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'remove', path: 'members', value: [] }),
    )
    expect(answer.status).toBe(200)
    expect(await membersOf(scim, id)).toHaveLength(2)
  })

  it('follows the order of its operations', async () => {
    const scim = await tenant()
    const [ann = '', bob = '', kim = ''] = await people(scim, 3)
    const { id } = (await team(scim, 'Team', [ann])).body
    await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch(
        { op: 'replace', path: 'members', value: [{ value: bob }, { value: kim }] },
        { op: 'remove', path: `members[value eq "${kim}"]` },
        { op: 'add', path: 'members', value: [{ value: ann }] },
      ),
    )
    expect(await membersOf(scim, id)).toEqual([ann, bob].sort())
    const [, , , , ...events] = await eventsOf(scim)
    expect(events.map(({ type, member_id: member }) => [type, member])).toEqual([
      ['team.member_added', ann],
      ['team.member_added', bob],
    ])
    await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch(
        { op: 'remove', path: 'members[display co "person"]' },
        { op: 'add', path: 'members', value: [{ value: kim }] },
      ),
    )
    expect(await membersOf(scim, id)).toEqual([kim])
  })

  it('changes name and members together in one version', async () => {
    const scim = await tenant()
    const [ann = ''] = await people(scim, 1)
    const { id } = (await team(scim, 'Team')).body
    const changed = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'replace', value: { id, displayName: 'Renamed', members: [{ value: ann }] } }),
    )
    expect(changed.body).toMatchObject({
      displayName: 'Renamed',
      meta: { version: expect.stringMatching(/^W\/"2-/) },
      members: [{ value: ann }],
    })
    const events = (await eventsOf(scim)).slice(-2)
    expect(events.map(({ type }) => type)).toEqual(['team.renamed', 'team.member_added'])
    expect(events[0]).toMatchObject({
      changes: { displayName: { before: 'Team', after: 'Renamed' } },
    })
    expect(events[1]).toMatchObject({ resource: { id, displayName: 'Renamed' }, member_id: ann })
  })

  it('refuses unknown members alone by name, together with all else in the request', async () => {
    const scim = await tenant()
    const [ann = ''] = await people(scim, 1)
    const made = await team(scim, 'Team', [ann])
    const refused = await scim.call(
      'PATCH',
      `/Groups/${made.body.id}`,
      patch(
        { op: 'remove', path: `members[value eq "${ann}"]` },
        { op: 'replace', path: 'displayName', value: 'Renamed' },
        { op: 'add', path: 'members', value: [{ value: 'ghost' }] },
      ),
    )
    expect(refused.status).toBe(400)
    expect([refused.body.scimType, refused.code]).toEqual(['invalidValue', 'unknownMembers'])
    expect(refused.body.detail).toContain('"ghost"')
    expect((await scim.call('GET', `/Groups/${made.body.id}`)).body).toEqual(made.body)
  })

  it('takes 10,000 members in one request', async () => {
    const scim = await tenant()
    const [ann = ''] = await people(scim, 1)
    const { id } = (await team(scim, 'Team')).body
    const ghosts = Array.from({ length: 9_999 }, () => ({ value: crypto.randomUUID() }))
    const answer = await scim.call(
      'PATCH',
      `/Groups/${id}`,
      patch({ op: 'add', path: 'members', value: [...ghosts, { value: ann }] }),
    )
    expect(answer.status).toBe(200)
    expect(await membersOf(scim, id)).toEqual([ann])
  })

  it('does not tell a team of nobody from one of another tenant', async () => {
    const scim = await tenant()
    for (const id of ['x', '../x', crypto.randomUUID()]) {
      const answer = await scim.call(
        'PATCH',
        `/Groups/${encodeURIComponent(id)}`,
        patch({ op: 'add', path: 'members', value: [{ value: 'x' }] }),
      )
      expect([answer.status, answer.code]).toEqual([404, 'resourceNotFound'])
    }
  })
})

describe('PUT /Groups/{id}', () => {
  it('leaves the members alone when the body is silent, and empties the team on an empty list', async () => {
    const scim = await tenant()
    const ids = await people(scim, 2)
    const { id } = (await team(scim, 'Team', ids)).body
    const silent = await scim.call('PUT', `/Groups/${id}`, { displayName: 'Renamed' })
    expect(silent.body).toMatchObject({
      displayName: 'Renamed',
      meta: { version: expect.stringMatching(/^W\/"2-/) },
    })
    expect(silent.body.members).toHaveLength(2)
    const empty = await scim.call('PUT', `/Groups/${id}`, { displayName: 'Renamed', members: [] })
    expect([empty.status, empty.body.members]).toEqual([200, []])
  })

  it('brings the list to what was sent, and writes only the differences', async () => {
    const scim = await tenant()
    const [ann = '', bob = '', kim = ''] = await people(scim, 3)
    const { id } = (await team(scim, 'Team', [ann, bob])).body
    const put = await scim.call('PUT', `/Groups/${id}`, {
      displayName: 'Team',
      members: [{ value: bob }, { value: kim }],
    })
    expect(put.body.members.map(({ value }: any) => value).sort()).toEqual([bob, kim].sort())
    const events = (await eventsOf(scim))
      .slice(-2)
      .map(({ type, member_id: member }) => [type, member])
    expect(events).toEqual([
      ['team.member_removed', ann],
      ['team.member_added', kim],
    ])
    const again = await scim.call('PUT', `/Groups/${id}`, {
      displayName: 'Team',
      members: [{ value: kim }, { value: bob }],
    })
    expect(again.body.meta.version).toBe(put.body.meta.version)
  })

  it('never lets a team clash with itself, and always with another', async () => {
    const scim = await tenant()
    const { id } = (await team(scim, 'Team')).body
    await team(scim, 'Other')
    expect(
      (await scim.call('PUT', `/Groups/${id}`, { displayName: 'TEAM' })).body.displayName,
    ).toBe('TEAM')
    expect((await scim.call('PUT', `/Groups/${id}`, { displayName: 'other' })).status).toBe(409)
  })
})

describe('DELETE /Groups/{id}', () => {
  it('answers 204, then 404, frees the name, and leaves the people', async () => {
    const scim = await tenant()
    const [ann = ''] = await people(scim, 1)
    const { id } = (await team(scim, 'Team', [ann])).body
    expect((await scim.call('DELETE', `/Groups/${id}`)).status).toBe(204)
    for (const method of ['GET', 'DELETE', 'PUT', 'PATCH']) {
      const body =
        method === 'PUT' ? { displayName: 'x' } : patch({ op: 'remove', path: 'members' })
      const answer = await scim.call(
        method,
        `/Groups/${id}`,
        method === 'GET' || method === 'DELETE' ? undefined : body,
      )
      expect(answer.status).toBe(404)
    }
    expect((await scim.call('GET', `/Users/${ann}`)).body).not.toHaveProperty('groups')
    expect((await scim.call('GET', '/Groups')).body.totalResults).toBe(0)
    expect((await eventsOf(scim)).slice(-2).map(({ type }) => type)).toEqual([
      'team.member_removed',
      'team.deleted',
    ])
    expect((await team(scim, 'Team')).status).toBe(201)
  })
})

describe('entity tags', () => {
  it('let a change through on the present version alone', async () => {
    const scim = await tenant()
    const [ann = ''] = await people(scim, 1)
    const made = await team(scim, 'Team')
    const address = `/Groups/${made.body.id}`
    const join = patch({ op: 'add', path: 'members', value: [{ value: ann }] })
    const stale = { 'If-Match': 'W/"7"' }
    expect((await scim.call('PATCH', address, join, stale)).status).toBe(412)
    expect((await scim.call('PUT', address, { displayName: 'x' }, stale)).status).toBe(412)
    expect((await scim.call('DELETE', address, undefined, stale)).status).toBe(412)
    const right = await scim.call('PATCH', address, join, { 'If-Match': made.body.meta.version })
    expect(right.status).toBe(200)
    expect((await scim.call('PATCH', address, join, { 'If-Match': '*' })).status).toBe(200)
    const user = await scim.call('GET', `/Users/${ann}`)
    expect((await scim.call('PUT', `/Users/${ann}`, user.body, stale)).status).toBe(412)
    expect((await scim.call('DELETE', `/Users/${ann}`, undefined, stale)).status).toBe(412)
    expect(
      (
        await scim.call('DELETE', `/Users/${ann}`, undefined, {
          'If-Match': user.body.meta.version,
        })
      ).status,
    ).toBe(204)
  })

  it('spare the answer while nothing has changed', async () => {
    const scim = await tenant()
    const [ann = ''] = await people(scim, 1)
    const made = await team(scim, 'Team')
    const since = (answer: Answer) => ({ 'If-None-Match': String(answer.headers.get('ETag')) })
    const same = await scim.call('GET', `/Groups/${made.body.id}`, undefined, since(made))
    expect([same.status, same.body]).toEqual([304, undefined])
    const user = await scim.call('GET', `/Users/${ann}`)
    expect((await scim.call('GET', `/Users/${ann}`, undefined, since(user))).status).toBe(304)
    await scim.call(
      'PATCH',
      `/Groups/${made.body.id}`,
      patch({ op: 'add', path: 'members', value: [{ value: ann }] }),
    )
    expect((await scim.call('GET', `/Groups/${made.body.id}`, undefined, since(made))).status).toBe(
      200,
    )
    const moved = await scim.call('GET', `/Users/${ann}`, undefined, since(user))
    expect([moved.status, moved.body.groups.length]).toEqual([200, 1])
    expect(moved.body.meta.version).toBe(moved.headers.get('ETag'))
    await scim.call(
      'PATCH',
      `/Groups/${made.body.id}`,
      patch({ op: 'replace', path: 'displayName', value: 'Renamed' }),
    )
    expect((await scim.call('GET', `/Users/${ann}`, undefined, since(moved))).status).toBe(200)
  })
})
