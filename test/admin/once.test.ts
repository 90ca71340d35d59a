/** Forms that make a secret: sent twice at once, as by a double click, they make one. */
import { describe, expect, inject, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { open, openMade, signIn, valueOf } from '../support/console'
import { formNumber, secretForms, type SecretForm } from '../support/secret-forms'

/** With those that a customer's administrator sends, and those of addresses. */
function formsOf(slug: string): readonly SecretForm[] {
  const path = `/tenants/${slug}`
  return [
    ...secretForms(slug),
    {
      what: 'an OAuth client of the set-up',
      page: `/set-up/${slug}/new-client/secret`,
      to: `/set-up/${slug}/new-client/secret`,
      fields: { label: 'Entra', days: '365' },
      shownAs: 'new-secret',
      list: `${path}/clients`,
      name: 'clients',
    },
    {
      what: 'a token of the set-up',
      page: `/set-up/${slug}/steps/onelogin/configuration`,
      to: `/set-up/${slug}/steps/onelogin/configuration/token`,
      fields: { days: '' },
      shownAs: 'new-token',
      list: `${path}/tokens`,
      name: 'tokens',
    },
    {
      what: 'a webhook',
      page: `${path}/webhooks`,
      to: `${path}/webhooks`,
      fields: { url: `https://example.com/${slug}` },
      shownAs: 'new-secret',
      list: `${path}/webhooks`,
      name: 'webhooks',
    },
    {
      what: 'an address of notices',
      page: '/notices',
      to: '/notices',
      fields: { url: `${inject('sinkUrl')}/${slug}`, kind: 'webhook' },
      shownAs: 'new-secret',
      list: '/notices/targets',
      name: 'targets',
    },
  ]
}

describe('a form that makes a secret', () => {
  it.each(formsOf('').map(({ what }, index) => [what, index] as const))(
    'makes %s once when it is sent twice, and shows the same one behind a redirect',
    async (_, index) => {
      const { slug } = await tenant()
      const form = formsOf(slug)[index]
      if (!form) throw new Error('No form')
      const { page, to, fields, shownAs, list, name } = form
      const cookie = await signIn()
      const listed = async () => {
        const { body } = await admin.call('GET', list)
        expect(body[name], JSON.stringify(body)).toBeInstanceOf(Array)
        return body[name].length
      }
      const before = await listed()
      const given = { ...fields, form: await formNumber(page, cookie) }
      const sent = [1, 2, 3].map(() => openMade(to, { cookie, form: given }))
      const shown = (await Promise.all(sent)).map((html) => valueOf(html, shownAs))
      expect(shown[0]?.length).toBeGreaterThan(40)
      expect(new Set(shown).size).toBe(1)
      expect(await listed()).toBe(before + 1)
      const next = { ...fields, form: await formNumber(page, cookie) }
      const other = valueOf(await openMade(to, { cookie, form: next }), shownAs)
      expect([other.length, other === shown[0]]).toEqual([shown[0]?.length, false])
      expect(await listed()).toBe(before + 2)
      expect(await (await open(page, { cookie })).text()).not.toContain(other)
      if (name === 'targets') {
        const { body } = await admin.call('GET', list)
        for (const { id } of body.targets) await admin.call('DELETE', `${list}/${id}`)
      }
    },
  )

  it('shows it to the page that it leads to, whatever other tabs and scripts ask meanwhile', async () => {
    const [{ slug }, other] = [await tenant(), await tenant()]
    const session = await signIn()
    const page = `/tenants/${slug}/connection`
    const form = { label: 'x', days: '', form: await formNumber(page, session) }
    const sent = await open(`/tenants/${slug}/tokens`, { cookie: session, form })
    const place = (sent.headers.get('Location') ?? '').replace('/admin', '')
    const once = (sent.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    const cookie = `${session}; ${once}`
    const asked = async (path: string, headers = {}) => {
      const answer = await open(path, { cookie, headers })
      return [valueOf(await answer.text(), 'new-token'), answer.headers.get('Set-Cookie')]
    }
    for (const path of [`/tenants/${other.slug}/connection`, `/tenants/${slug}/keys`, '/staff']) {
      expect([path, ...(await asked(path))]).toEqual([path, '', null])
    }
    expect(await asked(place, { 'Sec-Fetch-Dest': 'empty' })).toEqual(['', null])
    const [token, ended] = await asked(place, { 'Sec-Fetch-Dest': 'document' })
    expect(token?.length).toBeGreaterThan(40)
    expect(ended).toMatch(/^rollcall_once=;.* Max-Age=0/)
  })

  it('makes one more secret of a client, and one new secret of a webhook', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const clients = `/tenants/${slug}/clients`
    const client = (await admin.call('POST', clients, { kind: 'secret' })).body
    const hooks = `/tenants/${slug}/webhooks`
    const hook = (await admin.call('POST', hooks, { url: 'https://example.com/x' })).body
    const twice = async (page: string, to: string) => {
      const form = { days: '90', form: await formNumber(page, cookie) }
      const sent = [1, 2].map(() => openMade(`${page}/${to}`, { cookie, form }))
      return new Set((await Promise.all(sent)).map((html) => valueOf(html, 'new-secret')))
    }
    expect((await twice(`${clients}/${client.id}`, 'secrets')).size).toBe(1)
    const [kept] = (await admin.call('GET', clients)).body.clients
    expect(kept.secrets).toHaveLength(2)
    const rotated = await twice(`${hooks}/${hook.id}`, 'rotate')
    expect([...rotated]).toEqual([expect.stringMatching(/^whsec_/)])
    const { entries } = (await admin.call('GET', `/tenants/${slug}/audit`)).body
    const actions = entries.map(({ action }: any) => action)
    expect(actions.filter((action: string) => action === 'webhook.rotated')).toHaveLength(1)
    expect(actions.filter((action: string) => action === 'secret.created')).toHaveLength(1)
  })
})
