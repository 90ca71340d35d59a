/** The form of a new tenant, sent again after what it made was deleted. */
import { describe, expect, it } from 'vitest'
import { open as ask, signIn, words } from '../support/console'
import { admin, origin } from '../support/gateway'
import { formNumber } from '../support/secret-forms'

async function scene() {
  const cookie = await signIn()
  const slug = `n-${crypto.randomUUID().slice(0, 13)}`
  const headers = { Referer: `${origin}/admin/tenants` }
  const send = (form: string, more: Readonly<Record<string, string>> = {}) =>
    ask('/tenants', {
      cookie,
      headers,
      form: { name: 'Acme', slug, profile: 'auto', form, ...more },
    })
  const number = () => formNumber('/tenants', cookie)
  const exists = async () => (await admin.call('GET', `/tenants/${slug}`)).status === 200
  const remove = async () =>
    expect((await admin.call('DELETE', `/tenants/${slug}`)).status).toBe(204)
  return { slug, send, number, exists, remove }
}

describe('the form of a new tenant', () => {
  it('makes it no second time after it was deleted, whatever else was filled in, and says so', async () => {
    const { send, number, exists, remove } = await scene()
    const form = await number()
    expect((await send(form)).status).toBe(303)
    await remove()
    for (const more of [{}, { name: 'Other' }, { profile: 'okta' }]) {
      const stale = await send(form, more)
      const html = await stale.text()
      expect(stale.status).toBe(409)
      expect(words(html)).toContain('Deleted since this page was opened')
      expect(words(html)).toContain('Nothing was done')
      expect(html).toContain('href="/admin/tenants">')
      expect(await exists()).toBe(false)
    }
    const other = { slug: `n-${crypto.randomUUID().slice(0, 13)}` }
    expect((await send(form, other)).status).toBe(303)
    expect((await send(await number())).status).toBe(303)
    expect(await exists()).toBe(true)
  })

  it('makes nothing when its page was opened more than a day ago', async () => {
    const { send, number, exists } = await scene()
    const [time = '', random = ''] = (await number()).split('_')
    const aged = (hours: number) =>
      `${(Number.parseInt(time, 36) - hours * 3_600_000).toString(36)}_${random}`
    const old = await send(aged(24.1))
    expect([old.status, words(await old.text())]).toEqual([
      409,
      expect.stringContaining('This form is too old'),
    ])
    expect(await exists()).toBe(false)
    expect((await send(aged(23.9))).status).toBe(303)
  })

  it('is no form of the API, which makes a tenant as often as it is asked to', async () => {
    const { slug, remove } = await scene()
    for (const _ of [1, 2]) {
      expect((await admin.call('POST', '/tenants', { slug, name: 'Acme' })).status).toBe(201)
      await remove()
    }
  })
})
