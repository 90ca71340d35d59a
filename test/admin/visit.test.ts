/** A link that opens once, for the browser that opened it, for another one, and when the answer was lost. */
import { describe, expect, it } from 'vitest'
import { words } from '../support/console'
import { admin, bindings, tenant } from '../support/gateway'
import { browser, makeLink, onceLink, visited } from '../support/link'
import type { ScimClient } from '../support/tenant'

const inFrame = { 'Sec-Fetch-Dest': 'iframe' }

const opened = async (scim: ScimClient) => {
  const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
  return entries.filter(({ action }: any) => action === 'link.opened').length
}

describe('a link that opens once', () => {
  it.each([
    ['a window', {}],
    ['a frame', inFrame],
  ])(
    'opens once more in %s whose answer was lost, and leads on while the visit lasts',
    async (_, headers) => {
      const scim = await tenant()
      const { code } = await onceLink(scim)
      const ann = browser(headers)
      await ann.ask('/open')
      expect((await ann.lose('/open', { code })).status).toBe(303)
      expect(ann.kept.size).toBe(1)
      for (const _ of [1, 2]) {
        const again = await ann.ask('/open', { code })
        expect([again.status, again.headers.get('Location')]).toEqual([
          303,
          `/admin/set-up/${scim.slug}`,
        ])
        expect((await ann.ask(`/set-up/${scim.slug}/people`)).status).toBe(200)
        await ann.ask('/open')
      }
      expect(await opened(scim)).toBe(1)
    },
  )

  it('opens once when its button is pressed twice, and both answers lead to the same visit', async () => {
    const scim = await tenant()
    const { code } = await onceLink(scim)
    const ann = browser()
    await ann.ask('/open')
    const both = await Promise.all([0, 1].map(() => ann.ask('/open', { code })))
    expect(both.map(({ status }) => status)).toEqual([303, 303])
    expect((await ann.ask(`/set-up/${scim.slug}/people`)).status).toBe(200)
    expect(await opened(scim)).toBe(1)
  })

  it('opens for nobody else, who is told when it was used and what to do', async () => {
    const scim = await tenant()
    const { code } = await onceLink(scim)
    const [ann, bob] = [browser(), browser()]
    await ann.ask('/open')
    await bob.ask('/open')
    await ann.lose('/open', { code })
    const refused = await bob.ask('/open', { code })
    expect(refused.status).toBe(403)
    expect(words(await refused.text())).toMatch(
      /was opened on \d{4}-.* UTC \. Go back to .* once more, or ask .* for another one/,
    )
    expect((await bob.ask(`/set-up/${scim.slug}/people`)).status).toBe(303)
    const stranger = await bob.ask('/open', { code: `link_${'a'.repeat(43)}` })
    expect(words(await stranger.text())).not.toContain('was opened on')
    // A mark that somebody makes up is not the one that opened it.
    bob.kept.set('__Host-rollcall_browser', 'b'.repeat(43))
    expect((await bob.ask('/open', { code })).status).toBe(403)
  })

  it('opens no more for the same browser once it has signed out, or the link is revoked', async () => {
    const scim = await tenant()
    const [first, second] = [await onceLink(scim), await onceLink(scim)]
    const ann = browser()
    await ann.ask('/open')
    await ann.ask('/open', { code: first.code })
    const mark = ann.kept.get('__Host-rollcall_browser')
    await ann.ask('/sign-out', {})
    expect(ann.kept.size).toBe(0)
    ann.kept.set('__Host-rollcall_browser', mark ?? '')
    expect((await ann.ask('/open', { code: first.code })).status).toBe(403)
    await ann.ask('/open', { code: second.code })
    await admin.call('DELETE', `/tenants/${scim.slug}/links/${second.id}`)
    const revoked = await ann.ask('/open', { code: second.code })
    expect([revoked.status, words(await revoked.text())]).toEqual([
      403,
      expect.stringContaining('it has expired, was revoked'),
    ])
  })

  it('may open more than once, and then brings back no session that another link of the tenant has ended', async () => {
    const scim = await tenant()
    const codeOf = async () => new URL((await makeLink(scim)).body.url).hash.slice(1)
    const [first, second] = [await codeOf(), await codeOf()]
    const ann = browser()
    await ann.ask('/open')
    await ann.ask('/open', { code: first })
    const thief = browser()
    for (const [name, value] of ann.kept) thief.kept.set(name, value)
    thief.kept.delete('__Host-rollcall_browser')
    const page = `/set-up/${scim.slug}/people`
    expect((await thief.lose(page)).status).toBe(200)
    await ann.ask('/open', { code: second })
    expect((await thief.lose(page)).status).toBe(303)
    await ann.ask('/open', { code: first })
    expect((await ann.ask(page)).status).toBe(200)
    expect((await thief.lose(page)).status).toBe(303)
  })

  it('leaves nothing in the database by which a browser could be followed', async () => {
    const scim = await tenant()
    const { code, id } = await onceLink(scim)
    const ann = browser()
    await ann.ask('/open')
    await ann.ask('/open', { code })
    const { results } = await bindings.DB.prepare('select * from sessions where link_id = ?')
      .bind(id)
      .all()
    expect(results).toHaveLength(1)
    for (const secret of ann.kept.values()) {
      expect(JSON.stringify(results)).not.toContain(secret)
    }
  })
})

describe('links of several tenants in one browser', () => {
  const peopleOf = ({ slug }: ScimClient) => `/set-up/${slug}/people`
  const statusesOf = (ann: ReturnType<typeof browser>, tenants: readonly ScimClient[]) =>
    Promise.all(tenants.map(async (scim) => (await ann.ask(peopleOf(scim))).status))

  it.each([
    ['a window', {}],
    ['a frame', inFrame],
  ])('go on side by side in %s, each with its own tenant and role', async (_, headers) => {
    const ann = browser(headers)
    const [first, second] = await visited(ann, 2)
    if (!first || !second) throw new Error('No tenants')
    expect(await statusesOf(ann, [first, second, first])).toEqual([200, 200, 200])
    const view = new URL((await makeLink(second, { role: 'view' })).body.url).hash.slice(1)
    await ann.ask('/open', { code: view })
    const form = { guide: 'onelogin' }
    expect((await ann.ask(`/set-up/${second.slug}/choose`, form)).status).toBe(403)
    expect((await ann.ask(`/set-up/${first.slug}/choose`, form)).status).toBe(303)
    // Of another tenant there is no visit, whether the tenant is there or not.
    const elsewhere = [peopleOf(await tenant()), '/set-up/no-such-tenant/people']
    for (const page of elsewhere) {
      const answer = await ann.ask(page)
      const place = `/admin/open?ended=1&next=${encodeURIComponent(`/admin${page}`)}`
      expect([answer.status, answer.headers.get('Location')]).toEqual([303, place])
    }
  })

  it('are opened once more, each, when the answers were lost', async () => {
    const ann = browser()
    const [scim, other] = [await tenant(), await tenant()]
    const codes = [(await onceLink(scim)).code, (await onceLink(other)).code] as const
    await ann.ask('/open')
    for (const code of codes) await ann.lose('/open', { code })
    for (const code of codes) expect((await ann.ask('/open', { code })).status).toBe(303)
    expect(await statusesOf(ann, [scim, other])).toEqual([200, 200])
    expect([await opened(scim), await opened(other)]).toEqual([1, 1])
  })

  it('are eight at most: with the ninth the visit ends that began first', async () => {
    const ann = browser()
    const [first, ...rest] = await visited(ann, 8)
    if (!first) throw new Error('No tenant')
    const before = browser()
    for (const [name, value] of ann.kept) before.kept.set(name, value)
    expect(await statusesOf(ann, [first, ...rest])).toEqual(Array.from({ length: 8 }, () => 200))
    const [ninth] = await visited(ann, 1)
    if (!ninth) throw new Error('No tenant')
    expect(await statusesOf(ann, [...rest, ninth])).toEqual(Array.from({ length: 8 }, () => 200))
    expect(await statusesOf(ann, [first])).toEqual([303])
    // It has ended: the cookie of before the ninth brings it back to nobody.
    expect(await statusesOf(before, [first])).toEqual([303])
    const cookies = Array.from(ann.kept).filter(([name]) => /_console_/.test(name))
    expect(cookies).toHaveLength(8)
    expect(cookies.join().length).toBeLessThan(2_000)
  })

  it('end together with the sign-out, wherever it was pressed, and with it an operator', async () => {
    for (const isOperator of [false, true]) {
      const ann = browser()
      if (isOperator) await ann.ask('/sign-in', { secret: bindings.ADMIN_TOKEN })
      const tenants = await visited(ann, 2)
      const before = browser()
      for (const [name, value] of ann.kept) before.kept.set(name, value)
      // The visit that began last has ended with its link.
      const [, last] = tenants
      const { links } = (await admin.call('GET', `/tenants/${last?.slug}/links`)).body
      await admin.call('DELETE', `/tenants/${last?.slug}/links/${links[0].id}`)
      expect((await ann.ask('/sign-out', {})).status).toBe(303)
      expect(ann.kept.size).toBe(0)
      expect(await statusesOf(before, tenants)).toEqual([303, 303])
      expect((await before.ask('/tenants')).status).toBe(303)
    }
  })

  it('are as good as their secrets, whatever the cookie says beside them', async () => {
    const ann = browser()
    const [scim, other] = await visited(ann, 2)
    if (!scim || !other) throw new Error('No tenants')
    const base = '__Host-rollcall_console'
    const text = ann.kept.get(`${base}_${scim.slug}`) ?? ''
    const secret = text.slice(text.indexOf('.') + 1)
    const noise = Array.from({ length: 16 }, (__, index) => [`no-${index}`, `9${text}`] as const)
    for (const [cookies, ofScim, ofOther] of [
      [[['', secret]], 200, 303],
      [[[`_${scim.slug}`, secret]], 200, 303],
      [[[`_${other.slug}`, secret]], 303, 303],
      [[[`_${scim.slug}`, `1.DB_NONE.${secret}`]], 303, 303],
      [[[`_${scim.slug}`, `${text}~`]], 303, 303],
      [[[scim.slug, text]], 303, 303],
      [
        [
          ['__proto__', text],
          ['_', text],
          ['', 'x'.repeat(5_000)],
          [`_${scim.slug}`, text],
        ],
        200,
        303,
      ],
      [[...noise.map(([name, made]) => [`_${name}`, made]), [`_${scim.slug}`, text]], 303, 303],
    ] as const) {
      ann.kept.clear()
      for (const [name = '', value = ''] of cookies) ann.kept.set(`${base}${name}`, value)
      const statuses = await statusesOf(ann, [scim, other])
      expect([cookies, ...statuses]).toEqual([cookies, ofScim, ofOther])
      // Over https a cookie without the prefix is nobody's: another host of the domain may have set it.
      ann.kept.clear()
      for (const [name = '', value = ''] of cookies) ann.kept.set(`rollcall_console${name}`, value)
      expect(await statusesOf(ann, [scim, other])).toEqual([303, 303])
    }
  })
})
