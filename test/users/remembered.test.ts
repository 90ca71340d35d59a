/**
 * Changes of people whom this isolate has just read or written. Another isolate is played by
 * statements that change the row in D1 behind its back, as every writer does: version and time move.
 */
import { describe, expect, it } from 'vitest'
import { callCounted } from '../support/counted-call'
import { homeDatabase, tenant } from '../support/gateway'
import { bulky, patch, person, type ScimClient } from '../support/tenant'
import { versionOf } from '../support/tag'

const setTitle = (value: string) => patch({ op: 'replace', path: 'title', value })

/** Sends a request; `calls` is how often D1 was called for it. */
async function call(...sent: Parameters<typeof callCounted>) {
  const { status, headers, body, before } = await callCounted(...sent)
  return { status, calls: before.d1, tag: headers.get('ETag') ?? '', body }
}

/** A person whom this isolate knows. */
async function known(scim: ScimClient) {
  const { body } = await call(scim, 'POST', '/Users', person())
  return { body, path: `/Users/${body.id}` }
}

/** What another isolate does: a new version with another title. */
async function changeElsewhere(id: string, nickName: string): Promise<void> {
  await homeDatabase
    .prepare(
      `update users set attributes = json_set(attributes, '$.nickName', ?1), version = version + 1,
         search = json_set(search, '$.nickName', ?1), updated_at = updated_at + 1 where id = ?2`,
    )
    .bind(nickName, id)
    .run()
}

describe('a change of somebody who was just', () => {
  it.each([
    ['created', async () => undefined],
    ['read', async (scim: ScimClient, { path }: { path: string }) => call(scim, 'GET', path)],
    [
      'found by a filter',
      async (scim: ScimClient, { body }: { body: { userName: string } }) =>
        call(scim, 'GET', `/Users?filter=userName eq "${body.userName}"`),
    ],
    [
      'changed',
      async (scim: ScimClient, { path }: { path: string }) =>
        call(scim, 'PATCH', path, setTitle('First')),
    ],
  ])('%s is one call of D1', async (_, before) => {
    const scim = await tenant()
    const user = await known(scim)
    await before(scim, user)
    const patched = await call(scim, 'PATCH', user.path, setTitle('Boss'))
    expect([patched.status, patched.calls, patched.body.title]).toEqual([200, 1, 'Boss'])
    const { meta: _meta, ...rest } = patched.body
    const put = await call(scim, 'PUT', user.path, { ...rest, title: 'Chief' })
    expect([put.status, put.calls, put.body.title]).toEqual([200, 1, 'Chief'])
    expect((await call(scim, 'GET', user.path)).body).toEqual(put.body)
  })
})

describe('a change that is refused, has a condition or changes nothing', () => {
  it('does not remember somebody long: many of them do not fit into an isolate', async () => {
    const scim = await tenant()
    const short = await call(scim, 'PATCH', (await known(scim)).path, setTitle('short'))
    const { body } = await call(scim, 'POST', '/Users', person(bulky))
    const long = await call(scim, 'PATCH', `/Users/${body.id}`, setTitle('long'))
    expect([short.status, long.status]).toEqual([200, 200])
    expect(long.calls).toBe(short.calls + 1)
  })

  it('is told of what is read', async () => {
    const scim = await tenant()
    const { body, path } = await known(scim)
    const { tag } = await call(scim, 'GET', path)
    await changeElsewhere(body.id, 'Elsewhere')
    const conditional = await call(scim, 'PATCH', path, setTitle('Boss'), { 'If-Match': tag })
    expect(conditional.status).toBe(412)
    await call(scim, 'GET', path)
    await changeElsewhere(body.id, 'Again')
    const back = patch({ op: 'replace', path: 'nickName', value: 'Elsewhere' })
    // Compared with what is remembered, this changes nothing.
    const restated = await call(scim, 'PATCH', path, back)
    expect([restated.status, restated.body.nickName]).toEqual([200, 'Elsewhere'])
    expect(versionOf(restated.tag)).toBe(4)
  })

  it('is refused for a name that is taken, like any other', async () => {
    const scim = await tenant()
    const { path } = await known(scim)
    const other = await known(scim)
    const taken = patch({ op: 'replace', path: 'userName', value: other.body.userName })
    const refused = await call(scim, 'PATCH', path, taken)
    expect([refused.status, refused.body.scimType]).toEqual([409, 'uniqueness'])
    expect((await call(scim, 'PATCH', path, setTitle('Boss'))).status).toBe(200)
  })
})

describe('somebody whom another isolate has', () => {
  it('changed keeps that change, at the cost of one repetition', async () => {
    const scim = await tenant()
    const { body, path } = await known(scim)
    await changeElsewhere(body.id, 'Elsewhere')
    const changed = await call(scim, 'PATCH', path, setTitle('Boss'))
    expect([changed.status, changed.calls]).toEqual([200, 3])
    expect(changed.body).toMatchObject({ title: 'Boss', nickName: 'Elsewhere' })
    const events = await homeDatabase
      .prepare('select changes from events where resource_id = ? order by seq desc limit 1')
      .bind(body.id)
      .first<string>('changes')
    expect(JSON.parse(events ?? '{}')).toEqual({ title: { before: null, after: 'Boss' } })
  })

  it('renamed keeps the new name', async () => {
    const scim = await tenant()
    const { body, path } = await known(scim)
    const name = `renamed-${body.userName}`
    await homeDatabase
      .prepare(
        `update users set attributes = json_set(attributes, '$.userName', ?1),
           search = json_set(search, '$.userName', ?1), version = version + 1,
           updated_at = updated_at + 1 where id = ?2`,
      )
      .bind(name, body.id)
      .run()
    const changed = await call(scim, 'PATCH', path, setTitle('Boss'))
    expect(changed.body).toMatchObject({ title: 'Boss', userName: name })
  })

  it('deleted is not found', async () => {
    const scim = await tenant()
    const { body, path } = await known(scim)
    await homeDatabase.prepare('delete from users where id = ?').bind(body.id).run()
    expect((await call(scim, 'PATCH', path, setTitle('Boss'))).status).toBe(404)
    expect((await call(scim, 'PUT', path, person())).status).toBe(404)
  })

  it('restored, with the version that is remembered, keeps what was restored', async () => {
    const scim = await tenant()
    const { body, path } = await known(scim)
    await call(scim, 'PATCH', path, setTitle('Lost by the restoration'))
    await homeDatabase
      .prepare(
        `update users set attributes = json_set(json_remove(attributes, '$.title'), '$.nickName', 'Restored'),
           updated_at = updated_at + 1 where id = ?`,
      )
      .bind(body.id)
      .run()
    const department = patch({ op: 'replace', path: 'displayName', value: 'Ann' })
    const changed = await call(scim, 'PATCH', path, department)
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({ nickName: 'Restored', displayName: 'Ann' })
    expect(changed.body.title).toBeUndefined()
  })

  it('put into a team is shown with it', async () => {
    const scim = await tenant()
    const { body, path } = await known(scim)
    const team = await call(scim, 'POST', '/Groups', {
      displayName: 'Sales',
      members: [{ value: body.id }],
    })
    const changed = await call(scim, 'PATCH', path, setTitle('Boss'))
    expect([changed.calls, changed.body.groups]).toEqual([
      1,
      [expect.objectContaining({ value: team.body.id, display: 'Sales' })],
    ])
    expect((await call(scim, 'GET', path)).body).toEqual(changed.body)
  })
})

it('another tenant changes nobody who is remembered', async () => {
  const [first, second] = [await tenant(), await tenant()]
  const { path } = await known(first)
  await call(first, 'GET', path)
  expect((await call(second, 'PATCH', path, setTitle('Theirs'))).status).toBe(404)
  expect((await call(first, 'GET', path)).body.title).toBeUndefined()
})
