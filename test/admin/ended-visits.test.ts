/** Pages and forms whose session has ended, in a browser that has others: what is said, and what is not done. */
import { describe, expect, it } from 'vitest'
import { words } from '../support/console'
import { admin, bindings, origin, tenant } from '../support/gateway'
import { browser, makeLink, onceLink, visited } from '../support/link'
import type { ScimClient } from '../support/tenant'

const peopleOf = ({ slug }: ScimClient) => `/set-up/${slug}/people`

function inAddress(page: string): string {
  return encodeURIComponent(`/admin${page}`)
}

async function signedIn() {
  const ann = browser()
  await ann.ask('/sign-in', { secret: bindings.ADMIN_TOKEN })
  return ann
}

/** A form as a browser sends it from its page: what is answered, and the text of the page that this leads to. */
async function send(ann: ReturnType<typeof browser>, page: string, to: string, form: object) {
  const from = { Referer: `${origin}/admin${page}` }
  const answer = await ann.ask(to, { ...form }, from)
  const place = answer.headers.get('Location') ?? ''
  const html = await (await ann.ask(place.replace('/admin', ''))).text()
  return { status: answer.status, place, html, text: words(html) }
}

async function revokeLinks({ slug }: ScimClient) {
  const { links } = (await admin.call('GET', `/tenants/${slug}/links`)).body
  for (const { id } of links) await admin.call('DELETE', `/tenants/${slug}/links/${id}`)
}

const tokensOf = async ({ slug }: ScimClient): Promise<unknown[]> =>
  (await admin.call('GET', `/tenants/${slug}/tokens`)).body.tokens

describe('an operator who opens the link of a customer', () => {
  it('sees what the customer sees, and stays an operator everywhere else', async () => {
    const ann = await signedIn()
    const [scim, other] = await visited(ann, 2)
    if (!scim || !other) throw new Error('No tenants')
    for (const { slug } of [scim, other]) {
      expect((await ann.ask(`/tenants/${slug}/settings`)).status).toBe(200)
      const link = { label: 'Ann', role: 'view', days: '7' }
      expect((await ann.ask(`/tenants/${slug}/links`, link)).status).toBe(303)
    }
    expect((await ann.ask('/tenants')).status).toBe(200)
    const view = new URL((await makeLink(scim, { role: 'view' })).body.url).hash.slice(1)
    await ann.ask('/open', { code: view })
    const choice = { guide: 'onelogin' }
    expect((await ann.ask(`/set-up/${scim.slug}/choose`, choice)).status).toBe(403)
    expect((await ann.ask(`/tenants/${scim.slug}/settings`)).status).toBe(200)
    const { entries } = (await admin.call('GET', `/tenants/${scim.slug}/audit`)).body
    const made = entries.filter(({ action }: any) => action === 'link.created')
    expect(made.map(({ actor }: any) => actor)).toContain('operator')
  })

  it('sees the set-up beside a link for approval, which has none', async () => {
    const scim = await tenant()
    const code = new URL((await makeLink(scim, { role: 'approve' })).body.url).hash.slice(1)
    const statusesOf = async (ann: ReturnType<typeof browser>) => {
      await ann.ask('/open', { code })
      const pages = [peopleOf(scim), `/tenants/${scim.slug}/holds`, '/tenants']
      return Promise.all(pages.map(async (page) => (await ann.ask(page)).status))
    }
    expect(await statusesOf(await signedIn())).toEqual([200, 200, 200])
    expect(await statusesOf(browser())).toEqual([403, 200, 404])
  })

  it('may sign in after it as well, and keeps the visits', async () => {
    const ann = browser()
    const [scim] = await visited(ann, 1)
    if (!scim) throw new Error('No tenant')
    await ann.ask('/sign-in', { secret: bindings.ADMIN_TOKEN })
    const first = ann.kept.get('__Host-rollcall_console')
    await ann.ask('/sign-in', { secret: bindings.ADMIN_TOKEN })
    expect((await ann.ask(peopleOf(scim))).status).toBe(200)
    expect((await ann.ask('/tenants')).status).toBe(200)
    // Of operators there is one.
    const before = browser()
    before.kept.set('__Host-rollcall_console', first ?? '')
    expect((await before.ask('/tenants')).status).toBe(303)
  })

  it.each([
    ['the operator signs in', async () => ({ secret: bindings.ADMIN_TOKEN ?? '' })],
    ['another link is opened', async (scim: ScimClient) => ({ code: (await onceLink(scim)).code })],
  ])('loses nobody while at the same moment %s in another tab', async (_, formOf) => {
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const ann = await signedIn()
      const [first, second] = [await tenant(), await tenant()]
      await ann.ask('/open')
      const forms = [{ code: (await onceLink(first)).code }, await formOf(second)]
      const tabs = forms.map((form) => ann.lose('code' in form ? '/open' : '/sign-in', form))
      const answers = await Promise.all(tabs)
      for (const index of order) if (answers[index]) ann.keep(answers[index])
      expect((await ann.ask('/tenants')).status).toBe(200)
      for (const scim of forms.every((form) => 'code' in form) ? [first, second] : [first]) {
        expect(ann.kept.has(`__Host-rollcall_console_${scim.slug}`)).toBe(true)
        expect((await ann.ask(peopleOf(scim))).status).toBe(200)
      }
      const before = browser()
      for (const [name, value] of ann.kept) before.kept.set(name, value)
      await ann.ask('/sign-out', {})
      expect(ann.kept.size).toBe(0)
      expect((await before.ask('/tenants')).status).toBe(303)
      expect((await before.ask(peopleOf(first))).status).toBe(303)
    }
  })

  it('gives whoever has the visit alone nothing of the operator', async () => {
    const ann = await signedIn()
    const [scim] = await visited(ann, 1)
    if (!scim) throw new Error('No tenant')
    const names = ['__Host-rollcall_console', `__Host-rollcall_console_${scim.slug}`] as const
    const [operator = '', visit = ''] = names.map((name) => ann.kept.get(name))
    expect([operator.length, visit]).toEqual([43, expect.stringMatching(/^\d{13}\.\w{43}$/)])
    const thief = browser()
    thief.kept.set(names[1], visit)
    const pages = ['/tenants', '/staff', `/tenants/${scim.slug}/settings`]
    for (const page of pages) {
      expect([page, (await thief.ask(page)).status]).toEqual([page, expect.any(Number)])
      expect((await thief.ask(page)).status).toBeGreaterThanOrEqual(303)
    }
  })
})

describe('a form whose session has ended, in a browser with others', () => {
  it('of an operator says that nothing was done, and the sign-in leads back to its page', async () => {
    const ann = await signedIn()
    const [scim] = await visited(ann, 1)
    if (!scim) throw new Error('No tenant')
    await bindings.DB.prepare("delete from sessions where role = 'owner'").run()
    const page = `/tenants/${scim.slug}/connection`
    const to = `/tenants/${scim.slug}/tokens`
    const sent = await send(ann, page, to, { label: 'x', days: '' })
    expect([sent.status, sent.place]).toEqual([
      303,
      `/admin/sign-in?done=unsaved&next=${inAddress(page)}`,
    ])
    expect(sent.text).toContain('Your session had ended when the form was sent: nothing was done')
    expect(sent.text).not.toContain('deleted')
    expect(sent.html).toContain(`name="next" value="/admin${page}"`)
    expect(await tokensOf(scim)).toHaveLength(1)
    for (const path of [page, '/tenants']) {
      expect((await ann.ask(path)).headers.get('Location')).toBe(
        `/admin/sign-in?next=${inAddress(path)}`,
      )
    }
    const secret = bindings.ADMIN_TOKEN ?? ''
    const back = await ann.ask('/sign-in', { secret, next: `/admin${page}` })
    expect(back.headers.get('Location')).toBe(`/admin${page}`)
    expect((await ann.ask(peopleOf(scim))).status).toBe(200)
  })

  it.each(['its link was revoked', 'a ninth tenant came'])(
    'of a visit says so where %s, and its link leads back to its page',
    async (why) => {
      const ann = browser()
      const [scim] = await visited(ann, 1)
      if (!scim) throw new Error('No tenant')
      if (why.startsWith('its')) await revokeLinks(scim)
      await visited(ann, why.startsWith('its') ? 1 : 8)
      const page = `/set-up/${scim.slug}/new-client/secret`
      const sent = await send(ann, page, page, { label: 'x', days: '365' })
      expect([sent.status, sent.place]).toEqual([
        303,
        `/admin/open?ended=form&next=${inAddress(page)}`,
      ])
      expect(sent.text).toContain('had ended when you sent the form: nothing was done')
      expect(sent.text).not.toContain('deleted')
      const { clients } = (await admin.call('GET', `/tenants/${scim.slug}/clients`)).body
      expect(clients).toEqual([])
      const code = new URL((await makeLink(scim)).body.url).hash.slice(1)
      const [, next = ''] = /name="next" value="([^"]+)"/.exec(sent.html) ?? []
      const opened = await ann.ask('/open', { code, next })
      expect(opened.headers.get('Location')).toBe(`/admin${page}`)
    },
  )

  it('leads from a link to pages of its tenant alone', async () => {
    const ann = browser()
    const [scim, other] = await visited(ann, 2)
    if (!scim || !other) throw new Error('No tenants')
    const first = `/admin/set-up/${scim.slug}`
    for (const [next, expected] of [
      [`${first}/people`, `${first}/people`],
      [`${first}?x=1`, `${first}?x=1`],
      [`${first}-other/people`, first],
      [`/admin${peopleOf(other)}`, first],
      [`/admin/tenants/${scim.slug}`, first],
      ['//evil.example', first],
      ['', first],
    ]) {
      const code = new URL((await makeLink(scim)).body.url).hash.slice(1)
      const opened = await ann.ask('/open', { code, next: next ?? '' })
      expect([next, opened.headers.get('Location')]).toEqual([next, expected])
    }
  })

  it('leaves room for eight visits that go on: those that have ended do not count', async () => {
    const ann = browser()
    const tenants = await visited(ann, 8)
    const [first, ...rest] = tenants
    const dead = rest.slice(1, 3)
    if (!first) throw new Error('No tenant')
    for (const scim of dead) await revokeLinks(scim)
    const more = await visited(ann, 2)
    const living = [...tenants.filter((scim) => !dead.includes(scim)), ...more]
    for (const scim of living) expect((await ann.ask(peopleOf(scim))).status).toBe(200)
    const [last] = await visited(ann, 1)
    const statuses = [first, last].map(async (scim) =>
      scim ? (await ann.ask(peopleOf(scim))).status : undefined,
    )
    expect(await Promise.all(statuses)).toEqual([303, 200])
  })
})
