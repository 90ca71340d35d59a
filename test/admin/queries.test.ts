/** Parameters of addresses of the administration: each is read as it was sent, or refused. */
import { describe, expect, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { open, words } from '../support/console'
import { open as signedIn } from '../support/signed-in'
import { open as openLinked } from '../support/link'

async function lists() {
  const { slug } = await tenant()
  const base = `/tenants/${slug}`
  const url = 'https://example.com/x'
  const hook = (await admin.call('POST', `${base}/webhooks`, { url })).body.id
  const feed = (await admin.call('POST', '/webhooks', { url })).body.id
  const end = () => admin.call('DELETE', `/webhooks/${feed}`)
  return {
    slug,
    end,
    /** Lists with the parameters that are needed, and those that are numbers. */
    numbered: [
      [`${base}/activity?outcome=failed`, ['limit']],
      [`${base}/audit?`, ['limit', 'before']],
      ['/audit?', ['limit', 'before']],
      [`${base}/webhooks/${hook}/deliveries?`, ['limit', 'before']],
      [`/webhooks/${feed}/deliveries?`, ['limit', 'before']],
      [`/webhooks/${feed}/events?tenant=${slug}`, ['limit', 'before']],
      [`${base}/drift?`, ['limit']],
    ] as const,
    others: [
      `${base}/activity?outcome=failed&after=0.0.0`,
      `${base}/audit?from=2026-11-29T08:00:00Z`,
      '/search?q=ann&tenant=x',
      `${base}/problems?before=1.x`,
    ],
    plain: [base, '/tenants', `${base}/tokens`, `${base}/holds`, '/staff', '/notices', '/keys'],
  }
}

const notDigits = ['1e1', '%205', '5%20', '+5', '%2B5', '0x10', '1.0', '-1', '', 'NaN', '%D9%A5']

describe('parameters of the administration API', () => {
  it('that are numbers are digits, and nothing that a library reads as one', async () => {
    const { numbered, end } = await lists()
    for (const [path, names] of numbered) {
      for (const name of names) {
        expect([path, (await admin.call('GET', `${path}&${name}=7`)).status]).toEqual([path, 200])
        for (const text of notDigits) {
          const { status, body } = await admin.call('GET', `${path}&${name}=${text}`)
          const detail = 'must be a whole number, in digits alone'
          expect([path, text, status, body.errors]).toEqual([
            path,
            text,
            400,
            [{ parameter: name, detail }],
          ])
        }
      }
    }
    await end()
  })

  it('are refused when they are there twice, cannot be decoded or are unknown', async () => {
    const { numbered, others, plain, end } = await lists()
    const given = [...numbered.map(([path, names]) => `${path}&${names[0]}=7`), ...others]
    for (const path of given) {
      const [, query = ''] = path.split('?')
      for (const [name = '', value] of new URLSearchParams(query)) {
        for (const second of [value, 'other']) {
          const { status, body } = await admin.call('GET', `${path}&${name}=${second}`)
          const detail = 'is there more than once; send it once'
          expect([path, status, body.errors]).toEqual([path, 400, [{ parameter: name, detail }]])
        }
      }
    }
    for (const path of [...given, ...plain.map((path) => `${path}?`)]) {
      for (const [more, parameter, detail] of [
        ['no=1', 'no', /^is unknown; /],
        ['__proto__=1', '__proto__', /^is unknown; /],
        ['constructor=1&constructor=2', 'constructor', /^is there more than once/],
        ['a%FF=1', 'a%FF', /^cannot be decoded/],
        ['b=100%', 'b', /^cannot be decoded/],
      ] as const) {
        const { status, body } = await admin.call('GET', `${path}&${more}`)
        expect([path, status]).toEqual([path, 400])
        expect(body.errors).toEqual([{ parameter, detail: expect.stringMatching(detail) }])
      }
    }
    await end()
  })
})

describe('parameters of the console', () => {
  it('are refused when they are there twice, in every page, and nothing is done', async () => {
    const { slug } = await tenant()
    const page = `/tenants/${slug}/activity?outcome=failed`
    const shown = await signedIn(page)
    expect(shown.status).toBe(200)
    for (const path of [`${page}&outcome=changed`, '/tenants?search=a&search=b', '/audit?x=%FF']) {
      const answer = await signedIn(path)
      expect([path, answer.status]).toEqual([path, 400])
      expect(words(await answer.text())).toMatch(/more than once|cannot be decoded/)
    }
    const form = { name: 'x', slug: `n-${slug}`.slice(0, 63), profile: 'auto' }
    expect((await signedIn('/tenants?a=1&a=2', form)).status).toBe(400)
    expect((await admin.call('GET', `/tenants/${form.slug}`)).status).toBe(404)
    expect((await open('/sign-in?next=/a&next=/b')).status).toBe(400)
    const linked = await openLinked('/open?ended=1&ended=form', {
      headers: { 'Accept-Language': 'de' },
    })
    expect([linked.status, words(await linked.text())]).toEqual([
      400,
      expect.stringContaining('Diese Adresse lässt sich nicht lesen'),
    ])
  })

  it('that are numbers otherwise than in digits show the first page', async () => {
    const { slug } = await tenant()
    for (const text of ['1e1', '+2', '0x2']) {
      const html = await (await signedIn(`/tenants/${slug}/users?page=${text}`)).text()
      expect(html).not.toContain('aria-label="Pages"')
    }
  })
})
