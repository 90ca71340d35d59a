/** A person whom the provider creates anew while the account of before is inactive: 409, and a way on. */
import { describe, expect, it } from 'vitest'
import { admin, bindings, eventsOf, origin, send, tenant } from '../support/gateway'
import { applicationView, releasedView, replay } from '../support/released'
import { holdsNothing, patch, person, type ScimClient } from '../support/tenant'

const off = patch({ op: 'replace', path: 'active', value: false })

/** Ann, who is inactive, and whom the provider tries to create again. */
async function softDeleted(settings: unknown = holdsNothing, externalId: string | null = 'old-1') {
  const scim = await tenant(settings)
  const body = person({ externalId })
  const ann = (await scim.call('POST', '/Users', body)).body
  const team = (
    await scim.call('POST', '/Groups', { displayName: 'Ops', members: [{ value: ann.id }] })
  ).body
  expect((await scim.call('PATCH', `/Users/${ann.id}`, off)).body.active).toBe(false)
  const createAgain = async (more: object = { externalId: 'new-1' }) =>
    (await scim.call('POST', '/Users', { ...body, ...more })).status
  return { scim, ann, team, body, createAgain }
}

async function returningOf(scim: ScimClient): Promise<any[]> {
  const answer = await admin.call('GET', `/tenants/${scim.slug}/returning`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body.people
}

const handOver = (scim: ScimClient, id: string, externalId: string) =>
  admin.call('POST', `/tenants/${scim.slug}/users/${id}/hand-over`, { externalId })

async function open(path: string, form?: Record<string, string>): Promise<Response> {
  const signedIn = await send(
    new Request(`${origin}/admin/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        Origin: origin,
        'CF-Connecting-IP': `2001:db8:${crypto.randomUUID().slice(0, 4)}::1`,
      },
      body: new URLSearchParams({ secret: bindings.ADMIN_TOKEN }),
    }),
  )
  const cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  return send(
    new Request(`${origin}/admin${path}`, {
      redirect: 'manual',
      headers: { cookie, Origin: origin },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    }),
  )
}

describe('a person who seems to be back', () => {
  it('is one whom two refused requests want to create under another identifier', async () => {
    const { scim, ann, createAgain } = await softDeleted()
    expect(await createAgain()).toBe(409)
    expect(await returningOf(scim)).toEqual([])
    expect(await createAgain({ externalId: 'new-1', userName: ann.userName.toUpperCase() })).toBe(
      400,
    )
    expect(await createAgain()).toBe(409)
    expect(await returningOf(scim)).toEqual([
      {
        id: ann.id,
        userName: ann.userName,
        externalId: 'old-1',
        offered: 'new-1',
        attempts: 2,
        latest: expect.stringMatching(/Z$/),
      },
    ])
  })

  it('is found in a Bulk, too, and without an identifier of before', async () => {
    const { scim, body } = await softDeleted(holdsNothing, null)
    const again = { method: 'POST', path: '/Users', data: { ...body, externalId: 'new-1' } }
    for (const bulkId of ['a', 'b']) {
      const done = await scim.call('POST', '/Bulk', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
        Operations: [{ ...again, bulkId }],
      })
      expect(done.body.Operations[0].status).toBe('409')
    }
    expect(await returningOf(scim)).toMatchObject([{ externalId: null, attempts: 2 }])
  })

  it('is nobody who is active, has that identifier, or was wanted without one', async () => {
    const { scim, ann, createAgain } = await softDeleted()
    for (const more of [{ externalId: 'old-1' }, { externalId: undefined }, { externalId: '' }]) {
      for (let count = 0; count < 2; count += 1) expect(await createAgain(more)).toBe(409)
    }
    expect(await returningOf(scim)).toEqual([])
    for (let count = 0; count < 2; count += 1) await createAgain()
    expect(await returningOf(scim)).toHaveLength(1)
    const on = patch({ op: 'replace', path: 'active', value: true })
    await scim.call('PATCH', `/Users/${ann.id}`, on)
    expect(await returningOf(scim)).toEqual([])
    expect((await handOver(scim, ann.id, 'new-1')).status).toBe(409)
    await scim.call('PATCH', `/Users/${ann.id}`, off)
    // Requests before the last change say nothing of the person as the person is now.
    expect(await returningOf(scim)).toEqual([])
  })
})

describe('handing an account over', () => {
  it('gives the new identifier to the old person: one event, audited, everything else stays', async () => {
    const { scim, ann, team, body, createAgain } = await softDeleted()
    for (let count = 0; count < 2; count += 1) await createAgain()
    const before = (await scim.call('GET', `/Users/${ann.id}`)).body
    expect((await handOver(scim, ann.id, 'new-1')).status).toBe(204)
    const after = (await scim.call('GET', `/Users/${ann.id}`)).body
    const { meta, ...others } = before
    expect(after).toMatchObject({ ...others, externalId: 'new-1' })
    expect(after.meta.version).not.toBe(meta.version)
    expect(after.groups[0].value).toBe(team.id)
    const [event] = (await eventsOf(scim)).slice(-1)
    expect(event).toMatchObject({
      type: 'user.updated',
      resource_id: ann.id,
      changes: { externalId: { before: 'old-1', after: 'new-1' } },
    })
    const audit = (await admin.call('GET', `/tenants/${scim.slug}/audit?limit=1`)).body.entries
    expect(audit).toMatchObject([
      {
        action: 'person.handed-over',
        subject: ann.id,
        before: { externalId: 'old-1' },
        after: { externalId: 'new-1' },
      },
    ])
    expect(await returningOf(scim)).toEqual([])
    // What the provider does next: it finds the person by the identifier, and says that she is active.
    const found = await scim.call('GET', '/Users?filter=externalId+eq+"new-1"')
    expect(found.body.Resources[0].id).toBe(ann.id)
    const put = await scim.call('PUT', `/Users/${ann.id}`, { ...body, externalId: 'new-1' })
    expect([put.status, put.body.active]).toEqual([200, true])
    expect(replay(await eventsOf(scim))).toEqual(await applicationView(bindings.DB, scim.slug))
  })

  it('is done once, whoever asks for it at the same time', async () => {
    const { scim, ann, createAgain } = await softDeleted()
    for (let count = 0; count < 2; count += 1) await createAgain()
    const all = await Promise.all([1, 2, 3].map(() => handOver(scim, ann.id, 'new-1')))
    expect(all.map(({ status }) => status).sort()).toEqual([204, 409, 409])
    const told = (await eventsOf(scim)).filter(({ changes }) => changes.externalId)
    expect(told).toHaveLength(1)
    const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    const isDone = ({ action }: any) => action === 'person.handed-over'
    expect(entries.filter(isDone)).toHaveLength(1)
  })

  it('is refused for what no refused request has offered, and what somebody else has', async () => {
    const { scim, ann, createAgain } = await softDeleted()
    for (let count = 0; count < 2; count += 1) await createAgain()
    const refused = await handOver(scim, ann.id, 'made-up')
    expect([refused.status, refused.body.title]).toEqual([409, 'Nothing to hand over'])
    expect((await handOver(scim, 'nobody', 'new-1')).status).toBe(404)
    const path = `/tenants/${scim.slug}/users/${ann.id}/hand-over`
    for (const body of [
      {},
      { externalId: '' },
      { externalId: 7 },
      { externalId: 'new-1', more: 1 },
    ]) {
      expect((await admin.call('POST', path, body)).status).toBe(400)
    }
    await scim.call('POST', '/Users', person({ externalId: 'new-1' }))
    expect((await handOver(scim, ann.id, 'new-1')).status).toBe(409)
    expect((await scim.call('GET', `/Users/${ann.id}`)).body.externalId).toBe('old-1')
  })

  it('waits with a loss that is held back: the application sees the person as before', async () => {
    const body = person({ externalId: 'old-1' })
    const guarded = await tenant({ 'guard.delay': 0, 'guard.protected': [body['userName']] })
    const held = (await guarded.call('POST', '/Users', body)).body
    await guarded.call('PATCH', `/Users/${held.id}`, off)
    for (let count = 0; count < 2; count += 1) {
      await guarded.call('POST', '/Users', { ...body, externalId: 'new-1' })
    }
    expect((await handOver(guarded, held.id, 'new-1')).status).toBe(204)
    const seen = (await releasedView(bindings.DB, guarded.slug)).users[held.id]
    expect([seen.active, seen.externalId]).toEqual([true, 'old-1'])
    expect(replay(await eventsOf(guarded)).users[held.id]).toEqual(seen)
    const [hold] = (await admin.call('GET', `/tenants/${guarded.slug}/holds`)).body.holds
    const release = `/tenants/${guarded.slug}/holds/${hold.id}/release`
    expect((await admin.call('POST', release, { confirm: [held.id] })).status).toBe(200)
    const told = (await releasedView(bindings.DB, guarded.slug)).users[held.id]
    expect([told.active, told.externalId]).toEqual([false, 'new-1'])
    expect(replay(await eventsOf(guarded)).users[held.id]).toEqual(told)
  })

  it('is offered on the page of the person, and told among the problems', async () => {
    const { scim, ann, createAgain } = await softDeleted()
    const page = async (path: string) => (await open(`/tenants/${scim.slug}${path}`)).text()
    expect(await page(`/users/${ann.id}`)).not.toContain('Seems to be back')
    for (let count = 0; count < 2; count += 1) await createAgain()
    const shown = await page(`/users/${ann.id}`)
    expect(shown).toContain('Seems to be back')
    expect(shown).toContain('Hand the account over to new-1')
    for (const path of ['', '/problems']) {
      const problems = await page(path)
      expect(problems).toContain('seems to be back')
      expect(problems).toContain(`/users/${ann.id}"`)
    }
    const address = `/tenants/${scim.slug}/users/${ann.id}/hand-over`
    expect((await open(address, { externalId: 'made-up' })).status).toBe(409)
    const done = await open(address, { externalId: 'new-1' })
    expect([done.status, done.headers.get('Location')]).toEqual([
      303,
      `/admin/tenants/${scim.slug}/users/${ann.id}`,
    ])
    expect(await page(`/users/${ann.id}`)).not.toContain('Seems to be back')
    expect(await page('/audit')).toContain('handed an account over')
  })
})
