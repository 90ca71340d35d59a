/** Who decides: a link that approves what waits, and the two switches of a tenant. */
import { describe, expect, it } from 'vitest'
import { routes } from '../../src/admin/pages'
import { admin, origin, send, tenant } from '../support/gateway'
import { promptTenant, spend } from '../support/guard'
import { patch, person, type ScimClient } from '../support/tenant'

async function opened(scim: ScimClient, role: string): Promise<string> {
  const made = await admin.call('POST', `/tenants/${scim.slug}/links`, {
    role,
    label: 'Ann at Acme',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const answer = await post('/open', { code: made.body.url.split('#')[1] })
  return (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

function post(path: string, form: Record<string, string>, cookie = ''): Promise<Response> {
  return send(
    new Request(`${origin}/admin${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        Cookie: cookie,
        Origin: origin,
        'Sec-Fetch-Site': 'same-origin',
        'CF-Connecting-IP': `2001:db8::${crypto.randomUUID().slice(0, 4)}`,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams(form).toString(),
    }),
  )
}

function get(path: string, cookie: string): Promise<Response> {
  return send(
    new Request(`${origin}/admin${path}`, { redirect: 'manual', headers: { Cookie: cookie } }),
  )
}

describe('a link that approves', () => {
  it('sees and decides what waits, in words without the inside, and is named in the audit', async () => {
    const scim = await promptTenant()
    const { body } = await scim.call('POST', '/Users', person({ userName: 'ben' }))
    await spend(scim)
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${body.id}`, off)
    const cookie = await opened(scim, 'approve')
    const page = `/tenants/${scim.slug}/holds`
    const html = await (await get(page, cookie)).text()
    expect(html).toContain('Is deactivated')
    expect(html).toContain('Release chosen')
    for (const inside of ['request <code', 'token “', '/users/', '/settings', '/audit', '/links']) {
      expect([inside, html.includes(inside)]).toEqual([inside, false])
    }
    const { holds } = (await admin.call('GET', page)).body
    const released = await post(
      `${page}/${holds[0].id}/release`,
      { changes: `.${body.id}` },
      cookie,
    )
    expect(released.headers.get('Location')).toBe(`/admin${page}?done=released`)
    const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    expect(entries[0]).toMatchObject({
      action: 'hold.released',
      actor: 'Ann at Acme',
      role: 'approve',
    })
  })

  it('discards, undoes and takes back as well', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Users', person({ userName: 'ben' }))
    await spend(scim)
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${body.id}`, off)
    const cookie = await opened(scim, 'approve')
    const page = `/tenants/${scim.slug}`
    const { id } = (await admin.call('GET', `${page}/holds`)).body.holds[0]
    const chosen = { changes: `.${body.id}` }
    const done = async (path: string, form: Record<string, string> = {}) =>
      (await post(`${page}${path}`, form, cookie)).headers.get('Location')?.split('=')[1]
    expect(await done(`/holds/${id}/release`, chosen)).toBe('planned')
    const [planned] = (await admin.call('GET', `${page}/releases`)).body.releases
    expect(planned).toMatchObject({ by: 'Ann at Acme' })
    expect(await done(`/releases/${planned.id}/take-back`)).toBe('back')
    expect(await done(`/holds/${id}/undo`)).toBe('over')
    expect(await done(`/holds/${id}/discard`, chosen)).toBe('discarded')
    expect(await done('/drift/release', chosen)).toBe('planned')
  })

  it('is asked before all of it is released, and for the number above 25 people', async () => {
    const scim = await promptTenant()
    await spend(scim)
    const off = patch({ op: 'replace', path: 'active', value: false })
    for (let next = 0; next < 26; next += 1) {
      const { body } = await scim.call('POST', '/Users', person({ userName: `user${next}` }))
      await scim.call('PATCH', `/Users/${body.id}`, off)
    }
    const cookie = await opened(scim, 'approve')
    const page = `/tenants/${scim.slug}/holds`
    const { id } = (await admin.call('GET', page)).body.holds[0]
    const all = async (form: Record<string, string>) => {
      const answer = await post(`${page}/${id}/release`, { whole: 'true', ...form }, cookie)
      return [answer.status, (await admin.call('GET', page)).body.holds[0].waiting]
    }
    expect(await all({})).toEqual([409, 26])
    expect(await all({ asked: '26/26' })).toEqual([409, 26])
    expect(await all({ asked: '26/26', typed: '25' })).toEqual([409, 26])
    expect(await all({ typed: '26' })).toEqual([409, 26])
    expect(await all({ asked: '26/26', typed: '26' })).toEqual([303, 0])
  })

  it('is asked again when something was added since the question, however few they are', async () => {
    const scim = await promptTenant()
    await spend(scim)
    const leave = async (userName: string) => {
      const { body } = await scim.call('POST', '/Users', person({ userName }))
      await scim.call('DELETE', `/Users/${body.id}`)
    }
    await leave('ann')
    const cookie = await opened(scim, 'approve')
    const page = `/tenants/${scim.slug}/holds`
    const { id } = (await admin.call('GET', page)).body.holds[0]
    const question = await post(`${page}/${id}/release`, { whole: 'true' }, cookie)
    const [, asked = ''] = /name="asked" value="([^"]+)"/.exec(await question.text()) ?? []
    await leave('ben')
    const answer = await post(`${page}/${id}/release`, { whole: 'true', asked }, cookie)
    expect(answer.status).toBe(409)
    expect((await admin.call('GET', page)).body.holds[0]).toMatchObject({ waiting: 2, released: 0 })
  })

  it('opens no other page and does nothing else, here or in another tenant', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const cookie = await opened(scim, 'approve')
    for (const { method, path, least, isForApproval } of routes) {
      if (least === 'anyone' || path === '/sign-out') continue
      for (const slug of [scim.slug, other.slug]) {
        const address = path.replace(':slug', slug).replace(':id', crypto.randomUUID())
        const answer =
          method === 'GET' ? await get(address, cookie) : await post(address, {}, cookie)
        const isOwn = slug === scim.slug && path.startsWith('/tenants/:slug')
        // The first page of a tenant leads to what waits.
        const isFirst = isOwn && method === 'GET' && path === '/tenants/:slug'
        const isOther = slug !== scim.slug && path.includes(':slug')
        const expected = isFirst ? [303] : isOwn && isForApproval ? [200, 303, 404] : [403, 404]
        if (isOther) {
          // Of another tenant there is no visit, as if nobody had come.
          const place = answer.headers.get('Location')
          expect([address, place]).toEqual([address, expect.stringMatching(/sign-in|ended=/)])
          continue
        }
        expect([method, address, expected.includes(answer.status)]).toEqual([method, address, true])
        if (isFirst) {
          expect(answer.headers.get('Location')).toBe(`/admin/tenants/${slug}/holds`)
        }
      }
    }
  })
})

describe('the switch of a link for setting up', () => {
  const isOn = async (scim: ScimClient) => (await scim.call('GET', '/Users')).status === 200
  const flip = (scim: ScimClient, cookie: string, enabled: boolean) =>
    post(`/set-up/${scim.slug}/enabled`, { enabled: String(enabled) }, cookie)

  it('cannot switch on what the operator has switched off', async () => {
    const scim = await tenant()
    const cookie = await opened(scim, 'setup')
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    const answer = await flip(scim, cookie, true)
    expect(await isOn(scim)).toBe(false)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body).toMatchObject({
      enabled: false,
      customerEnabled: true,
    })
    expect(answer.headers.get('Location')).not.toContain('done=enabled')
    await flip(scim, cookie, false)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: true })
    expect(await isOn(scim)).toBe(false)
    expect((await admin.call('GET', `/tenants/${scim.slug}`)).body).toMatchObject({
      enabled: true,
      customerEnabled: false,
    })
    await flip(scim, cookie, true)
    expect(await isOn(scim)).toBe(true)
  })

  it('is one that the operator can use as well', async () => {
    const scim = await tenant()
    await flip(scim, await opened(scim, 'setup'), false)
    expect(await isOn(scim)).toBe(false)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { customerEnabled: true })
    expect(await isOn(scim)).toBe(true)
  })
})
