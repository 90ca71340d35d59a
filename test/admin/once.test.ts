/** Forms that make a secret: sent twice at once, as by a double click, they make one. */
import { describe, expect, inject, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { open, openMade, signIn, valueOf } from '../support/console'

interface Form {
  readonly what: string
  /** The page with the form, and the address that it is sent to, below /admin. */
  readonly page: string
  readonly to: string
  readonly fields: Readonly<Record<string, string>>
  /** Id of the field that shows the secret. */
  readonly shownAs: string
  /** The list of the API, how it is called, and how many it gets. */
  readonly list: string
  readonly name: string
}

const days = '90'

function formsOf(slug: string): readonly Form[] {
  const path = `/tenants/${slug}`
  return [
    {
      what: 'a key of the application',
      page: `${path}/keys`,
      to: `${path}/keys`,
      fields: { label: 'Billing', scope: 'read', days },
      shownAs: 'new-key',
      list: `${path}/keys`,
      name: 'keys',
    },
    {
      what: 'a link',
      page: `${path}/links`,
      to: `${path}/links`,
      fields: { label: 'Ann', role: 'view', days: '7' },
      shownAs: 'new-link',
      list: `${path}/links`,
      name: 'links',
    },
    {
      what: 'an OAuth client',
      page: `${path}/new-client/secret`,
      to: `${path}/new-client/secret`,
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
    {
      what: 'an operator token',
      page: '/operator-tokens',
      to: '/operator-tokens',
      fields: { label: 'Terraform', scope: 'read', days },
      shownAs: 'new-operator-token',
      list: '/operator-tokens',
      name: 'tokens',
    },
    {
      what: 'a person of the operator',
      page: '/staff',
      to: '/staff',
      fields: { name: 'Ann', role: 'support', days },
      shownAs: 'new-access-code',
      list: '/staff',
      name: 'people',
    },
  ]
}

async function numberOf(page: string, cookie: string): Promise<string> {
  const html = await (await open(page, { cookie })).text()
  return /name="form" value="([^"]+)"/.exec(html)?.[1] ?? ''
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
      const given = { ...fields, form: await numberOf(page, cookie) }
      const sent = [1, 2, 3].map(() => openMade(to, { cookie, form: given }))
      const shown = (await Promise.all(sent)).map((html) => valueOf(html, shownAs))
      expect(shown[0]?.length).toBeGreaterThan(40)
      expect(new Set(shown).size).toBe(1)
      expect(await listed()).toBe(before + 1)
      const next = { ...fields, form: await numberOf(page, cookie) }
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

  it('makes one more secret of a client, and one new secret of a webhook', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const clients = `/tenants/${slug}/clients`
    const client = (await admin.call('POST', clients, { kind: 'secret' })).body
    const hooks = `/tenants/${slug}/webhooks`
    const hook = (await admin.call('POST', hooks, { url: 'https://example.com/x' })).body
    const twice = async (page: string, to: string) => {
      const form = { days: '90', form: await numberOf(page, cookie) }
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
