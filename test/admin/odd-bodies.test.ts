/** Bodies of the administration with values that nobody means: refused with their place, and nothing is done. */
import { describe, expect, it } from 'vitest'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { open } from '../support/signed-in'
import { words } from '../support/console'

async function post(path: string, text: string) {
  const headers = {
    Authorization: `Bearer ${bindings.ADMIN_TOKEN}`,
    'Content-Type': 'application/json',
  }
  const request = new Request(`${origin}/admin/api${path}`, { method: 'POST', headers, body: text })
  const answer = await send(request)
  return { status: answer.status, body: JSON.parse(await answer.text()) }
}

const expiresAt = new Date(Date.now() + 86_400_000).toISOString()

/** Calls that keep a text which people read, with the member that has it. */
function labelled(slug: string) {
  const base = `/tenants/${slug}`
  return [
    [`${base}/tokens`, 'label', {}],
    [`${base}/keys`, 'label', {}],
    [`${base}/links`, 'label', { role: 'view', expiresAt }],
    [`${base}/clients`, 'label', { kind: 'secret' }],
    ['/keys', 'label', {}],
    ['/operator-tokens', 'label', { scope: 'read' }],
    ['/staff', 'name', { role: 'support' }],
    ['/tenants', 'name', { slug: `n-${slug}`.slice(0, 63) }],
  ] as const
}

describe('a body of the administration', () => {
  it('that has a member twice is refused, in every call and at every depth', async () => {
    const { slug } = await tenant()
    for (const [path, name, more] of labelled(slug)) {
      const rest = JSON.stringify({ ...more, [name]: 'first' })
      const { status, body } = await post(path, `${rest.slice(0, -1)},"${name}":"second"}`)
      const detail = 'is there more than once; send it once'
      expect([path, status, body.errors]).toEqual([path, 400, [{ pointer: `/${name}`, detail }]])
    }
    const nested = await post('/tenants', '{"slug":"a","guard":{"people":5,"people":1}}')
    expect(nested.body.errors[0].pointer).toBe('/guard/people')
    for (const list of ['tokens', 'keys', 'links', 'clients']) {
      const { body } = await admin.call('GET', `/tenants/${slug}/${list}`)
      expect([list, body[list].length]).toEqual([list, list === 'tokens' ? 1 : 0])
    }
  })

  it('names nobody by what cannot be seen or kept, and anybody in any script', async () => {
    const { slug } = await tenant()
    for (const [path, name, more] of labelled(slug)) {
      for (const [text, detail] of [
        ['Ann\u0000', 'has characters that nobody sees: U+0000'],
        ['a\u202ecba', 'has characters that nobody sees: U+202E'],
        ['Two\nlines', 'has characters that nobody sees: U+000A'],
        ['\u200b', 'has characters that nobody sees: U+200B'],
        ['x\ud800', expect.stringContaining('half of a character')],
      ] as const) {
        const { status, body } = await post(path, JSON.stringify({ ...more, [name]: text }))
        expect([path, status, body.errors]).toEqual([path, 400, [{ pointer: `/${name}`, detail }]])
      }
    }
    for (const label of ['Ännchen', 'می‌خواهم', '李', 'Ann 👩‍👩‍👧', "O'Brien & <Sons>", '']) {
      const made = await admin.call('POST', `/tenants/${slug}/keys`, { label })
      expect([made.status, made.body.label]).toEqual([201, label])
    }
    const form = { name: 'a\u202ecba', slug: `n-${slug}`.slice(0, 63), profile: 'auto' }
    const page = await open('/tenants', form)
    expect([page.status, words(await page.text())]).toEqual([
      422,
      expect.stringContaining('has characters that nobody sees: U+202E'),
    ])
  })

  it('decides nothing about all that waits where its filter got lost', async () => {
    const { slug } = await tenant()
    const hold = `/tenants/${slug}/holds/${crypto.randomUUID()}`
    for (const path of [`${hold}/release`, `${hold}/discard`, `/tenants/${slug}/drift/release`]) {
      for (const search of ['', ' ', '\t', null, [], 0]) {
        const { status, body } = await admin.call('POST', path, { search })
        expect([path, search, status, body.errors[0].pointer]).toEqual([
          path,
          search,
          400,
          '/search',
        ])
      }
    }
    expect((await admin.call('GET', '/search?q=a&tenant=')).status).toBe(400)
  })

  it('of odd values is refused or understood, and never fails', async () => {
    const { slug } = await tenant()
    const odd = [
      null,
      '',
      ' ',
      -1,
      1e308,
      0.5,
      9007199254740992,
      true,
      [],
      {},
      [[]],
      'NaN',
      'x'.repeat(5_000),
    ]
    const calls = [
      ...labelled(slug).map(
        ([path, name, more]) => [path, [name, 'expiresAt', 'x'], more] as const,
      ),
      [`/tenants/${slug}/webhooks`, ['url', 'events'], {}] as const,
      [`/tenants/${slug}/sealing-keys`, ['purpose'], {}] as const,
      ['/restorations', ['database'], {}] as const,
      ['/notices/targets', ['url', 'kind'], {}] as const,
    ]
    for (const [path, names, more] of calls) {
      for (const name of names) {
        for (const value of odd) {
          const { status } = await admin.call('POST', path, { ...more, [name]: value })
          expect([path, name, value, status < 500]).toEqual([path, name, value, true])
        }
      }
      for (const text of ['[]', 'null', '1', '"x"', '{', '['.repeat(100_000), '{"__proto__":{}}']) {
        expect([path, text.slice(0, 9), (await post(path, text)).status]).toEqual([
          path,
          text.slice(0, 9),
          400,
        ])
      }
    }
    const { people } = (await admin.call('GET', '/staff')).body
    for (const { id } of people) await admin.call('DELETE', `/staff/${id}`)
    const { tokens } = (await admin.call('GET', '/operator-tokens')).body
    for (const { id } of tokens) await admin.call('DELETE', `/operator-tokens/${id}`)
  })
})
