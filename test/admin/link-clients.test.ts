/** OAuth clients, and what is refused, as a link shows them: in its language and the product's name. */
import { describe, expect, it } from 'vitest'
import { admin, bindings, tenant } from '../support/gateway'
import { valueOf, words } from '../support/console'
import { d1Errors, Faults } from '../support/faults'
import { open, opened, type Input } from '../support/link'
import { askToken, basic, grant } from '../support/token-request'

const variables = { PRODUCT_NAME: 'Northwind' }
const german = { 'Accept-Language': 'de' }

async function setScene(role = 'setup') {
  const scim = await tenant()
  const cookie = await opened(scim, { role })
  const base = `/set-up/${scim.slug}`
  const see = (path: string, input: Input = {}) =>
    open(`${base}${path}`, { cookie, variables, headers: german, ...input })
  const read = async (path: string, input: Input = {}) => (await see(path, input)).text()
  return { scim, cookie, base, see, read }
}

/** Words of the operator's console, which a customer is never shown. */
const ofConsole = /Skip to content|Tenant <code>|>Settings<|>Webhooks<|Rollcall</

describe('the OAuth clients of a link', () => {
  it('are made and shown in the customer’s language, and the secret once', async () => {
    const { scim, cookie, base, see, read } = await setScene()
    const list = await read('/clients')
    expect(words(list)).toContain('Es gibt noch keinen Client.')
    const form = await read('/new-client/secret')
    expect(words(form)).toContain('Das Geheimnis läuft ab')
    const made = await see('/new-client/secret', { form: { label: 'Entra', days: '365' } })
    const place = (made.headers.get('Location') ?? '').replace(`/admin${base}`, '')
    expect(place).toMatch(/^\/clients\//)
    const once = (made.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
    const shown = await read(place, { cookie: `${cookie}; ${once}` })
    const [clientId, secret] = [valueOf(shown, 'client-id'), valueOf(shown, 'new-secret')]
    expect((await askToken(scim.slug, grant, basic(clientId, secret))).status).toBe(200)
    expect(words(shown)).toContain('Kopieren Sie das neue Geheimnis jetzt')
    const pages = [list, form, shown, await read('/clients'), await read(`${place}/revoke`)]
    for (const kind of ['federated', 'jwt']) pages.push(await read(`/new-client/${kind}`))
    for (const html of pages) {
      expect(html).toContain('<html lang="de"')
      expect(html).toContain('Northwind')
      expect(html).not.toMatch(ofConsole)
      expect(html).not.toContain(`/admin/tenants/`)
      expect(words(html)).not.toMatch(/\b(clients|keys|token|said)\.\w+/)
    }
    expect((await see(`${place}/revoke`, { form: {} })).headers.get('Location')).toBe(
      `/admin${base}/clients?done=revoked`,
    )
    expect((await askToken(scim.slug, grant, basic(clientId, secret))).status).toBe(401)
    expect(words(await read('/clients?done=revoked'))).toContain('Der Client ist widerrufen.')
  })

  it('say at the field what is wrong, and keep what was typed', async () => {
    const { see } = await setScene()
    const form = {
      label: 'Entra',
      issuer: 'http://x',
      jwksUrl: 'https://10.0.0.1/keys',
      subject: '',
      audience: 'api://x',
      tenantId: '',
    }
    const wrong = await see('/new-client/federated', { form })
    expect(wrong.status).toBe(422)
    const html = await wrong.text()
    expect(words(html)).toContain('Eine Adresse, die mit https:// beginnt.')
    expect(words(html)).toContain('Zwischen 1 und 500 Zeichen.')
    expect(valueOf(html, 'audience')).toBe('api://x')
    const issuer = 'https://issuer.example'
    const unreachable = await see('/new-client/federated', {
      form: { ...form, issuer, subject: 'x' },
    })
    expect(words(await unreachable.text())).toContain('Diese Adresse ist nicht öffentlich.')
  })

  it('are read and not made by a link that is for looking', async () => {
    const { scim, see } = await setScene('view')
    await admin.call('POST', `/tenants/${scim.slug}/clients`, { kind: 'secret', label: 'Entra' })
    const list = await (await see('/clients')).text()
    expect(list).toContain('Entra')
    expect(list).not.toContain('/new-client/')
    const refused = await see('/new-client/secret', { form: { label: '', days: '90' } })
    expect([refused.status, words(await refused.text())]).toEqual([
      403,
      expect.stringContaining('Ihr Link erlaubt nur das Lesen'),
    ])
  })
})

describe('what is refused to a link', () => {
  it('is said in its language, without a word of the vendor', async () => {
    const { scim, cookie, see } = await setScene()
    const inConsole = await open(`/tenants/${scim.slug}/clients`, { cookie, headers: german })
    expect([inConsole.status, words(await inConsole.text())]).toEqual([
      403,
      expect.stringContaining('Ihr Link erlaubt das nicht.'),
    ])
    for (const path of ['/nothing', '/people/nobody', '/clients/nobody', '/new-client/nothing']) {
      const answer = await see(path)
      const html = await answer.text()
      expect([path, answer.status, words(html)]).toEqual([
        path,
        404,
        expect.stringContaining('Diese Seite gibt es nicht.'),
      ])
      expect(html).not.toMatch(ofConsole)
    }
    const other = await open(`/set-up/${(await tenant()).slug}/status`, { cookie, headers: german })
    const place = (other.headers.get('Location') ?? '').replace('/admin', '')
    const door = await open(place, { cookie, headers: german })
    expect([other.status, words(await door.text())]).toEqual([
      303,
      expect.stringContaining(
        'Der Besuch dieser Seite ist beendet, oder dieser Browser hat keinen',
      ),
    ])
    const foreign = await see('/done', {
      form: {},
      headers: { ...german, Origin: 'https://x.example' },
    })
    expect([foreign.status, words(await foreign.text())]).toEqual([
      403,
      expect.stringContaining('Dieses Formular kam von einer anderen Adresse'),
    ])
  })

  it('is an outage without the name of a database, and with a number to ask by', async () => {
    const { see } = await setScene()
    const fault = {
      binding: 'DB',
      moment: 'before',
      text: d1Errors.full,
      calls: () => true,
    } as const
    const DB = new Faults(fault).database(bindings.DB)
    const answer = await see('/status', { variables: { ...variables, DB } })
    const text = words(await answer.text())
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(text).toContain('nennen Sie Northwind die Nummer')
    expect(text).not.toMatch(/D1|SQLITE|database|Rollcall/)
  })
})
