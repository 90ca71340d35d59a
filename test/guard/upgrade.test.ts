/** Tables as release 0.2.0 left them: what was protected and what waited goes on after the migrations. */
import { applyD1Migrations, reset, type D1Migration } from 'cloudflare:test'
import { beforeEach, expect, it } from 'vitest'
import { fold } from '../../src/scim/filter/match'
import { admin, bindings, origin, send } from '../support/gateway'
import { applicationView } from '../support/released'
import { client, patch, person, type ScimClient } from '../support/tenant'

const migrations = (bindings as unknown as { TEST_MIGRATIONS: D1Migration[] }).TEST_MIGRATIONS
/** Number of the last migration of 0.2.0. */
const last = migrations.findIndex(({ name }) => name.startsWith('0010_'))

const run = (text: string, ...values: unknown[]) =>
  bindings.DB.prepare(text)
    .bind(...values)
    .run()

async function addTenant(slug: string, names: readonly string[], isEnabled: boolean) {
  const settings = { guard: { deactivations: 0.2, teams: 'apply', protected: names } }
  await run(
    `insert into tenants (slug, name, settings, enabled, user_count, active_count, holding, created_at)
     values (?1, ?1, ?2, ?3, 0, 0, 1, 1)`,
    slug,
    JSON.stringify(settings),
    isEnabled ? 1 : 0,
  )
}

const attributes = (userName: string, active = true) => ({ userName, active })

const addUser = (id: string, userName: string, active = true) =>
  run(
    `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
     values (1, ?1, ?2, ?3, 1, 'before', 1, 1)`,
    id,
    JSON.stringify(attributes(userName, active)),
    JSON.stringify({ userName: fold(userName) }),
  )

/** Something pending of a person, or of a team. */
const addHeld = (ids: { team?: string; user?: string }, kind: string, released: object) =>
  run(
    `insert into held values (1, ?1, ?2, ?3, null, ?4, 'held', 'hold', 'losses', ?5, 2, 1)`,
    ids.team ?? '',
    ids.user ?? '',
    kind,
    JSON.stringify(released),
    JSON.stringify({ requestId: 'before', tokenId: '' }),
  )

let scim: ScimClient

beforeEach(async () => {
  await reset()
  await applyD1Migrations(bindings.DB, migrations.slice(0, last + 1))
  await addTenant('old', ['Özil', 'boss', 'ГЕОРГИЙ', 'Élise', 'Next'], true)
  await addTenant('off', [], false)
  await addUser('ann', 'Ann', false)
  await addUser('oezil', 'ÖZIL')
  await addUser('boss', 'Boss')
  await addUser('georg', 'георгий')
  await addHeld({ user: 'ann' }, 'user', attributes('Ann'))
  // Deleted by the provider.
  await addHeld({ user: 'aenne' }, 'user', attributes('ÄNNE'))
  await addHeld({ user: 'elise' }, 'user', attributes('ÉLISE'))
  await addHeld({ team: 'team' }, 'team', { displayName: ' Évry ' })
  await run(
    `insert into holds values (1, 'hold', 2, null, 'losses', ?1, 0, 0)`,
    JSON.stringify({ requestId: 'before', tokenId: '' }),
  )
  await run('update tenants set user_count = 4, active_count = 3 where id = 1')
  await applyD1Migrations(bindings.DB, migrations)
  const made = await admin.call('POST', '/tenants/old/tokens', { label: 'test' })
  const names = { slug: 'old', tokenId: made.body.id }
  scim = client(send, `${origin}/scim/v2/old`, made.body.token, names)
  await admin.call('PATCH', '/tenants/old', { guard: { delay: 0 } })
})

const view = () => applicationView(bindings.DB, 'old')

it('people are protected as before, in any script and case', async () => {
  const before = await view()
  for (const id of ['oezil', 'boss', 'georg']) {
    const off = patch({ op: 'replace', path: 'active', value: false })
    expect((await scim.call('PATCH', `/Users/${id}`, off)).status).toBe(200)
  }
  await scim.call('DELETE', '/Users/oezil')
  expect(await view()).toEqual(before)
  const { id } = (await scim.call('POST', '/Users', person({ userName: 'NEXT', emails: [] }))).body
  await scim.call('DELETE', `/Users/${id}`)
  expect((await view()).users[id]).toMatchObject({ userName: 'NEXT' })
  const listed = (await admin.call('GET', '/tenants/old')).body.guard.protected
  expect(listed.map(fold).sort()).toEqual(['boss', 'next', 'élise', 'özil', 'георгий'])
})

it('who waits keeps the name, and comes back as the same person', async () => {
  const made = await scim.call('POST', '/Users', person({ userName: 'Änne', emails: [] }))
  expect(made.status).toBe(201)
  const { users } = await view()
  expect(users['aenne']).toMatchObject({ userName: 'Änne' })
  expect(users[made.body.id]).toBeUndefined()
  // A team of the same name waits with the one that the application has.
  const team = await scim.call('POST', '/Groups', { displayName: 'évry' })
  expect(team.status).toBe(201)
  expect(Object.keys((await view()).teams)).toEqual(['team'])
})

it('a hold is released, with everybody who waits and the protected ones confirmed', async () => {
  const { holds } = (await admin.call('GET', '/tenants/old/holds')).body
  expect(holds).toMatchObject([{ id: 'hold', waiting: 4, undone: 0, threshold: null }])
  const path = '/tenants/old/holds/hold/release'
  const asked = await admin.call('POST', path)
  expect(asked.body.people).toMatchObject([{ id: 'elise' }])
  expect((await admin.call('POST', path, { confirm: ['elise'] })).status).toBe(200)
  const { users, teams } = await view()
  expect(users['ann']).toMatchObject({ active: false })
  expect([users['aenne'], users['elise'], teams['team']]).toEqual([undefined, undefined, undefined])
})

it('a tenant that was off was switched off by the operator', async () => {
  const { body } = await admin.call('GET', '/tenants/off')
  expect(body).toMatchObject({ enabled: false, customerEnabled: true })
})
