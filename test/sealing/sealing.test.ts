/** Sealing keys: random, per tenant and purpose; nothing is sealed with the operator's secret. */
import { Webhook } from 'standardwebhooks'
import { describe, expect, inject, it } from 'vitest'
import { listWebhooks } from '../../src/webhooks/store'
import { resealAll } from '../../src/webhooks/reseal'
import { deliverDue } from '../../src/webhooks/run'
import { open, seal } from '../../src/sealing/seal'
import { application, newKey } from '../support/application'
import { admin, bindings, homeDatabase, origin, send, tenant } from '../support/gateway'
import type { Received } from '../support/sink'
import { person, type ScimClient } from '../support/tenant'

async function fill(scim: ScimClient, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await scim.call('POST', '/Users', person())
}

async function tenantIdOf({ slug }: ScimClient): Promise<number> {
  const row = await homeDatabase
    .prepare('select id from tenants where slug = ?')
    .bind(slug)
    .first<{ id: number }>()
  return Number(row?.id)
}

async function firstCursor(scim: ScimClient): Promise<string> {
  const page = await scim.call('GET', '/Users?cursor&count=1')
  expect(page.status).toBe(200)
  return page.body.nextCursor
}

function rotate({ slug }: ScimClient, purpose: string) {
  return admin.call('POST', `/tenants/${slug}/sealing-keys`, { purpose })
}

describe('a cursor', () => {
  it('tells nothing of the operator secret to whoever guesses it', async () => {
    const scim = await tenant()
    await fill(scim, 2)
    await rotate(scim, 'cursors')
    const cursor = await firstCursor(scim)
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0))
    const context = JSON.stringify([await tenantIdOf(scim), 'User', null, null, null])
    const { ADMIN_TOKEN } = bindings
    for (const guess of [ADMIN_TOKEN, `cursor ${ADMIN_TOKEN}`]) {
      expect(await open(guess, context, bytes)).toBeUndefined()
    }
    const row = await homeDatabase
      .prepare(
        `select key from sealing_keys where tenant_id = ? and purpose = 'cursors' and number = 2`,
      )
      .bind(await tenantIdOf(scim))
      .first<{ key: string }>()
    expect(row?.key).toMatch(/^[0-9a-f]{64}$/)
    expect(await open(row?.key ?? '', context, bytes)).toContain('[')
  })

  it('ends with the rotation of its key, and the next walk goes on', async () => {
    const scim = await tenant()
    await fill(scim, 2)
    const cursor = encodeURIComponent(await firstCursor(scim))
    expect((await scim.call('GET', `/Users?cursor=${cursor}`)).status).toBe(200)
    expect(await rotate(scim, 'cursors')).toMatchObject({ status: 200, body: { number: 2 } })
    expect(await scim.call('GET', `/Users?cursor=${cursor}`)).toMatchObject({ status: 400 })
    const next = encodeURIComponent(await firstCursor(scim))
    expect((await scim.call('GET', `/Users?cursor=${next}`)).body.Resources).toHaveLength(1)
    const audit = await admin.call('GET', `/tenants/${scim.slug}/audit`)
    expect(audit.body.entries[0]).toMatchObject({ action: 'key.rotated', subject: 'cursors' })
  })

  it('of a tenant that was deleted is refused by a new one with its name', async () => {
    const scim = await tenant()
    await fill(scim, 2)
    const key = await newKey(admin, undefined)
    const app = application(send, origin, scim.slug, key)
    const first = await app.call('GET', '/users?limit=1')
    const cursor = encodeURIComponent(first.body.next)
    expect((await app.call('GET', `/users?cursor=${cursor}`)).body.users).toHaveLength(1)
    expect((await admin.call('DELETE', `/tenants/${scim.slug}`)).status).toBe(204)
    await admin.call('POST', '/tenants', { slug: scim.slug, name: 'Again' })
    for (let time = 0; time < 2; time += 1) {
      const page = await app.call('GET', `/users?cursor=${cursor}`)
      expect(page).toMatchObject({ status: 410, body: { code: 'otherLog' } })
    }
  })
})

interface Receiver {
  readonly id: string
  readonly tenantId: number
  readonly url: string
  readonly secret: string
}

async function receiver(scim: ScimClient): Promise<Receiver> {
  const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
  const made = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
  expect(made.status).toBe(201)
  const { id, secret } = made.body
  await admin.call('POST', `/tenants/${scim.slug}/webhooks/${id}/pause`)
  return { id, tenantId: await tenantIdOf(scim), url, secret }
}

/** Delivers what waits, as a Worker with these variables does; answers the last message. */
async function deliver(scim: ScimClient, to: Receiver, variables: object = {}): Promise<Received> {
  await fill(scim, 1)
  await homeDatabase.prepare(`update webhooks set state = 'active' where id = ?`).bind(to.id).run()
  await deliverDue({ ...bindings, DB: homeDatabase, ...variables }, to)
  await homeDatabase.prepare(`update webhooks set state = 'paused' where id = ?`).bind(to.id).run()
  const all: Received[] = await (await fetch(to.url)).json()
  const last = all.at(-1)
  if (!last) throw new Error('Nothing was delivered')
  return last
}

function verifies(secret: string, { body, headers }: Received): boolean {
  new Webhook(secret).verify(body, headers)
  return true
}

describe('a signing secret', () => {
  it('outlives every change of the operator secret', async () => {
    const scim = await tenant()
    const to = await receiver(scim)
    const message = await deliver(scim, to, { ADMIN_TOKEN: 'another operator secret' })
    expect(verifies(to.secret, message)).toBe(true)
  })

  it('goes on when WEBHOOK_KEY is set later, and needs it when it was there', async () => {
    const scim = await tenant()
    const to = await receiver(scim)
    expect(verifies(to.secret, await deliver(scim, to, { WEBHOOK_KEY: 'later' }))).toBe(true)
  })

  it('of release 0.2.0 is sealed anew by the nightly job', async () => {
    const scim = await tenant()
    const to = await receiver(scim)
    const old = await seal(`webhooks ${bindings.ADMIN_TOKEN}`, to.id, to.secret)
    await homeDatabase
      .prepare('update webhooks set secret = ? where id = ?')
      .bind(btoa(String.fromCharCode(...old)), to.id)
      .run()
    expect(verifies(to.secret, await deliver(scim, to))).toBe(true)
    await resealAll({ ...bindings, DB: homeDatabase })
    const message = await deliver(scim, to, { ADMIN_TOKEN: 'another operator secret' })
    expect(verifies(to.secret, message)).toBe(true)
  })

  it('stays what it is when its key is rotated', async () => {
    const scim = await tenant()
    const to = await receiver(scim)
    expect(await rotate(scim, 'webhooks')).toMatchObject({ status: 200, body: { number: 2 } })
    expect(verifies(to.secret, await deliver(scim, to))).toBe(true)
    const { results } = await homeDatabase
      .prepare(`select number from sealing_keys where tenant_id = ? and purpose = 'webhooks'`)
      .bind(to.tenantId)
      .all()
    expect(results).toEqual([{ number: 2 }])
  })

  it('signs for a day after it was rotated away, however often that happens', async () => {
    const scim = await tenant()
    const to = await receiver(scim)
    const secrets = [to.secret]
    for (let time = 0; time < 3; time += 1) {
      const path = `/tenants/${scim.slug}/webhooks/${to.id}/rotate`
      secrets.push((await admin.call('POST', path)).body.secret)
    }
    const message = await deliver(scim, to)
    for (const secret of secrets) expect(verifies(secret, message)).toBe(true)
    const list = await listWebhooks(homeDatabase, to.tenantId)
    expect(list.ok && JSON.stringify(list.value)).not.toContain(to.secret)
  })

  it('is not rotated once more where a secret of the last day would end before its time', async () => {
    const scim = await tenant()
    const to = await receiver(scim)
    const rotateSecret = () => admin.call('POST', `/tenants/${scim.slug}/webhooks/${to.id}/rotate`)
    const secrets = [to.secret]
    let answer = await rotateSecret()
    while (answer.status === 200 && secrets.length < 30) {
      secrets.push(answer.body.secret)
      answer = await rotateSecret()
    }
    expect(answer).toMatchObject({ status: 409, body: { title: 'Too many secrets' } })
    expect(secrets).toHaveLength(12)
    const message = await deliver(scim, to)
    for (const secret of secrets) expect(verifies(secret, message)).toBe(true)
  })
})
