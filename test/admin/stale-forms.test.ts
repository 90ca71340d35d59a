/** Forms that have stood open too long, were sent twice, or from elsewhere: what was done, why, and what to do. */
import { describe, expect, it } from 'vitest'
import { open as ask, signIn, words, type Input } from '../support/console'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { spend } from '../support/guard'
import { makeLink, enter, open as openLinked } from '../support/link'
import { formNumber, secretForms, type SecretForm } from '../support/secret-forms'
import { patch, person, type ScimClient } from '../support/tenant'

function formsOf(slug: string): readonly Omit<SecretForm, 'shownAs'>[] {
  const path = `/tenants/${slug}`
  return [
    {
      what: 'a token',
      page: `${path}/connection`,
      to: `${path}/tokens`,
      fields: { label: 'OneLogin', days: '' },
      list: `${path}/tokens`,
      name: 'tokens',
    },
    ...secretForms(slug),
  ]
}

/** A form as a browser sends it from its page. */
function submit(page: string, to: string, input: Input) {
  return ask(to, { ...input, headers: { Referer: `${origin}/admin${page}` } })
}

async function says(answer: Response, page: string, texts: readonly string[]) {
  const html = await answer.text()
  for (const text of texts) expect(words(html)).toContain(text)
  expect(html).toContain(`href="/admin${page}"`)
  expect(words(html)).not.toMatch(/too many|There are \d+ .* already/i)
}

const used = ['This form was used already', 'has ended since', 'Open the page anew']

describe('a form that stood open while what it had made was ended', () => {
  it.each(formsOf('').map(({ what }, index) => [what, index] as const))(
    'makes %s no second time, and says why and what to do',
    async (_, index) => {
      const { slug } = await tenant()
      const form = formsOf(slug)[index]
      if (!form) throw new Error('No form')
      const { page, to, fields, list, name } = form
      const cookie = await signIn()
      const listed = async (): Promise<any[]> => (await admin.call('GET', list)).body[name]
      const before = new Set((await listed()).map(({ id }) => id))
      const given = { ...fields, form: await formNumber(page, cookie) }
      expect((await submit(page, to, { cookie, form: given })).status).toBe(303)
      const made = (await listed()).find(({ id }) => !before.has(id))
      expect((await admin.call('DELETE', `${list}/${made.id}`)).status).toBe(204)
      const stale = await submit(page, to, { cookie, form: given })
      expect(stale.status).toBe(409)
      await says(stale, page, used)
      expect(await listed()).toHaveLength(before.size + 1)
      // Filled in otherwise it is another form.
      const label = 'name' in fields ? { name: 'Ben' } : { label: 'Other' }
      const other = await submit(page, to, { cookie, form: { ...given, ...label } })
      expect(other.status).toBe(303)
      expect(await listed()).toHaveLength(before.size + 2)
    },
  )

  it('shows no revoked secret of a client as a new one', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const clients = `/tenants/${slug}/clients`
    const client = (await admin.call('POST', clients, { kind: 'secret' })).body
    const page = `${clients}/${client.id}`
    const form = { days: '90', form: await formNumber(page, cookie) }
    expect((await submit(page, `${page}/secrets`, { cookie, form })).status).toBe(303)
    const [{ secrets }] = (await admin.call('GET', clients)).body.clients
    await admin.call('DELETE', `${page}/secrets/${secrets[1].id}`)
    const stale = await submit(page, `${page}/secrets`, { cookie, form })
    expect([stale.status, stale.headers.get('Set-Cookie')]).toEqual([409, null])
    await says(stale, page, used)
  })

  it('brings back no signing secret that was rotated away', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const hooks = `/tenants/${slug}/webhooks`
    const hook = (await admin.call('POST', hooks, { url: 'https://example.com/x' })).body
    const page = `${hooks}/${hook.id}`
    const form = { form: await formNumber(page, cookie) }
    const secretNow = async () => {
      const row = await bindings.DB.prepare('select secret from webhooks where id = ?')
        .bind(hook.id)
        .first<{ secret: string }>()
      return row?.secret
    }
    for (const rotations of [1, 2]) {
      await submit(page, `${page}/rotate`, { cookie, form })
      for (let count = 0; count < rotations; count += 1) await admin.call('POST', `${page}/rotate`)
      const present = await secretNow()
      const stale = await submit(page, `${page}/rotate`, { cookie, form })
      expect(stale.status).toBe(409)
      await says(stale, page, used)
      expect(await secretNow()).toBe(present)
    }
  })

  it('shows no signing secret that was rotated away as that of a new endpoint', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    for (const page of [`/tenants/${slug}/webhooks`, '/webhooks']) {
      const url = `https://example.com/${slug}`
      const form = { url, form: await formNumber(page, cookie) }
      const listed = async (): Promise<any[]> =>
        (await admin.call('GET', page)).body.webhooks.filter((hook: any) => hook.url === url)
      for (const _ of [1, 2]) {
        const made = await submit(page, page, { cookie, form })
        expect([made.status, await listed()]).toEqual([303, [expect.anything()]])
      }
      const [{ id }] = await listed()
      await admin.call('POST', `${page}/${id}/rotate`)
      const stale = await submit(page, page, { cookie, form })
      expect([stale.status, stale.headers.get('Set-Cookie')]).toEqual([409, null])
      await says(stale, page, used)
      await admin.call('DELETE', `${page}/${id}`)
    }
  })

  it.each([
    ['a webhook of a tenant', (slug: string) => `/tenants/${slug}/webhooks`, 'webhooks'],
    ['a webhook of all tenants', () => '/webhooks', 'webhooks'],
    ['an address of notices', () => '/notices', 'targets'],
  ] as const)('makes %s no second time after it was deleted', async (_, pageOf, name) => {
    const { slug } = await tenant()
    const page = pageOf(slug)
    const list = page === '/notices' ? '/notices/targets' : page
    const cookie = await signIn()
    const kind = page === '/notices' ? { kind: 'webhook' } : {}
    const number = await formNumber(page, cookie)
    const send = (path: string, more: Input['form'] = {}) => {
      const form = { ...kind, url: `https://example.com/${slug}${path}`, form: number, ...more }
      return submit(page, page, { cookie, form })
    }
    const listed = async (): Promise<any[]> =>
      (await admin.call('GET', list)).body[name].filter(({ url }: any) => url.includes(slug))
    // Sent twice, at once and after another, it makes one.
    const both = await Promise.all([send(''), send('')])
    expect([...both, await send('')].map(({ status }) => status)).toEqual([303, 303, 303])
    const [made, ...others] = await listed()
    expect(others).toEqual([])
    expect((await admin.call('DELETE', `${list}/${made.id}`)).status).toBe(204)
    const stale = await Promise.all([send(''), send('')])
    expect(stale.map(({ status }) => status)).toEqual([409, 409])
    expect(stale.map(({ headers }) => headers.get('Set-Cookie'))).toEqual([null, null])
    for (const answer of stale) await says(answer, page, used)
    expect(await listed()).toEqual([])
    // Filled in otherwise, or of the page that is opened anew, it is another form.
    expect((await send('/other')).status).toBe(303)
    expect((await send('', { form: await formNumber(page, cookie) })).status).toBe(303)
    const now = await listed()
    expect([now.length, now.some(({ id }) => id === made.id)]).toEqual([2, false])
    for (const { id } of now) await admin.call('DELETE', `${list}/${id}`)
  })

  it.each([...formsOf('').keys()])(
    'makes nothing when its page was opened more than a day ago: form %i',
    async (index) => {
      const { slug } = await tenant()
      const form = formsOf(slug)[index]
      if (!form) throw new Error('No form')
      const { page, to, fields, list, name } = form
      const cookie = await signIn()
      const fresh = await formNumber(page, cookie)
      const aged = (hours: number) => {
        const time = Number.parseInt(fresh.split('_')[0] ?? '', 36) - hours * 3_600_000
        return `${time.toString(36)}_${fresh.split('_')[1]}`
      }
      const listed = async (): Promise<any[]> => (await admin.call('GET', list)).body[name]
      const before = (await listed()).length
      const old = await submit(page, to, { cookie, form: { ...fields, form: aged(24.1) } })
      expect([old.status, old.headers.get('Set-Cookie')]).toEqual([409, null])
      await says(old, page, ['This form is too old', 'Nothing was done', 'Open the page anew'])
      expect(await listed()).toHaveLength(before)
      const young = await submit(page, to, { cookie, form: { ...fields, form: aged(23.9) } })
      expect(young.status).toBe(303)
      expect(await listed()).toHaveLength(before + 1)
      const made = (await listed()).filter(({ revoked }: any) => !revoked)
      for (const { id } of made)
        if (!list.includes(slug)) await admin.call('DELETE', `${list}/${id}`)
    },
  )

  it('rotates nothing when its page was opened before the secrets that no longer sign', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const hooks = `/tenants/${slug}/webhooks`
    const { id } = (await admin.call('POST', hooks, { url: 'https://example.com/x' })).body
    const page = `${hooks}/${id}`
    const [, random] = (await formNumber(page, cookie)).split('_')
    const time = (Date.now() - 90_000_000).toString(36)
    const stored = () => bindings.DB.prepare('select * from webhooks where id = ?').bind(id).first()
    const before = await stored()
    const form = { form: `${time}_${random}` }
    expect((await submit(page, `${page}/rotate`, { cookie, form })).status).toBe(409)
    expect(await stored()).toEqual(before)
  })

  it('takes a form of an endpoint with other events for another one', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const page = `/tenants/${slug}/webhooks`
    const number = await formNumber(page, cookie)
    for (const types of [['user.deleted'], ['user.created', 'user.deleted']]) {
      const form = new URLSearchParams({ url: 'https://example.com/x', form: number })
      for (const type of types) form.append('events', type)
      const headers = {
        cookie,
        Origin: origin,
        'Content-Type': 'application/x-www-form-urlencoded',
      }
      const sent = { method: 'POST', headers, body: form.toString(), redirect: 'manual' } as const
      expect((await send(new Request(`${origin}/admin${page}`, sent))).status).toBe(303)
    }
    const { webhooks } = (await admin.call('GET', page)).body
    expect(webhooks.map(({ events }: any) => events.length).toSorted()).toEqual([1, 2])
  })

  it('says so to a customer as well, in the words of the page', async () => {
    const scim = await tenant()
    const cookie = await enter((await makeLink(scim)).body.url)
    const page = `/set-up/${scim.slug}/new-client/secret`
    const form = { label: 'Entra', days: '365', form: await formNumber(page, cookie) }
    const headers = { Referer: `${origin}/admin${page}`, 'Accept-Language': 'de' }
    await openLinked(page, { cookie, form, headers })
    const path = `/tenants/${scim.slug}/clients`
    const [made] = (await admin.call('GET', path)).body.clients
    await admin.call('DELETE', `${path}/${made.id}`)
    const stale = await openLinked(page, { cookie, form, headers })
    expect(stale.status).toBe(409)
    const html = await stale.text()
    expect(words(html)).toContain('Dieses Formular wurde schon benutzt')
    expect(html).toContain(`href="/admin${page}">Die Seite neu öffnen`)
    const [, random] = form.form.split('_')
    const old = { ...form, form: `${(Date.now() - 90_000_000).toString(36)}_${random}` }
    const tooOld = await openLinked(page, { cookie, form: old, headers })
    expect(tooOld.status).toBe(409)
    const said = await tooOld.text()
    expect(words(said)).toContain('Dieses Formular ist zu alt')
    expect(said).toContain(`href="/admin${page}">Die Seite neu öffnen`)
  })

  it('leads to no other site, whatever a browser says about where the form was', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const page = `/tenants/${slug}/keys`
    const fields = { label: 'x', scope: 'read', days: '90', form: await formNumber(page, cookie) }
    await submit(page, page, { cookie, form: fields })
    const [{ id }] = (await admin.call('GET', page)).body.keys
    await admin.call('DELETE', `${page}/${id}`)
    for (const Referer of ['https://evil.example/admin/x', `${origin}/x`, 'nonsense', '']) {
      const html = await (await ask(page, { cookie, form: fields, headers: { Referer } })).text()
      expect(html).not.toContain('Open the page anew</a>')
      expect(html).not.toContain('evil')
    }
  })
})

describe('a decision on what waits', () => {
  const held = async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    await spend(scim)
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${ann.body.id}`, off)
    const { holds } = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body
    return { scim, hold: holds[0].id as string }
  }
  const decide = async (scim: ScimClient, cookie: string, what: string) => {
    const form = { whole: 'true', search: '', kind: 'all', asked: '', typed: '' }
    const answer = await ask(`/tenants/${scim.slug}/${what}`, { cookie, form })
    const place = (answer.headers.get('Location') ?? '').replace('/admin', '')
    return words(await (await ask(place, { cookie })).text())
  }

  it('that somebody else has made already says so, and not that nothing was chosen', async () => {
    const { scim, hold } = await held()
    const cookie = await signIn()
    expect(await decide(scim, cookie, `holds/${hold}/discard`)).toContain('Discarded:')
    for (const what of ['discard', 'release']) {
      const text = await decide(scim, cookie, `holds/${hold}/${what}`)
      expect(text).toContain('what was chosen has been decided or changed meanwhile')
      expect(text).not.toContain('Nothing was chosen')
    }
    const gone = `releases/${crypto.randomUUID()}/take-back`
    expect(await decide(scim, cookie, gone)).toContain('has been told of this release already')
  })

  it('of an event that is no longer the next one says so, and is no page that is missing', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    await scim.call('POST', '/Users', person())
    const hooks = `/tenants/${scim.slug}/webhooks`
    const hook = (await admin.call('POST', hooks, { url: 'https://example.com/x' })).body
    const answer = await ask(`${hooks}/${hook.id}/skip?seq=1`, { cookie })
    expect(answer.status).toBe(200)
    expect(words(await answer.text())).toContain('It is no longer the next event')
  })
})

describe('a form without a session', () => {
  it('says that nothing was saved, to operators and to customers', async () => {
    const scim = await tenant()
    const stale = await ask(`/tenants/${scim.slug}/settings`, { form: { name: 'x' } })
    const place = stale.headers.get('Location') ?? ''
    expect(place).toBe('/admin/sign-in?done=unsaved')
    const page = words(await (await ask(place.replace('/admin', ''))).text())
    expect(page).toContain('nothing was done, and nothing of it was saved. Sign in: it leads back')
    const out = await ask('/sign-out', { form: {} })
    expect(out.headers.get('Location')).toBe('/admin/sign-in?done=signed-out')
    const base = `/set-up/${scim.slug}`
    const customer = await openLinked(`${base}/done`, { form: {} })
    expect(customer.headers.get('Location')).toBe('/admin/open?ended=form')
    const ended = await openLinked('/open?ended=form')
    expect(words(await ended.text())).toContain('nothing of it was saved')
  })
})

describe('a form from elsewhere', () => {
  const sent = async (path: string, headers: Readonly<Record<string, string>>) => {
    const answer = await send(
      new Request(`${origin}/admin${path}`, { method: 'POST', headers, body: '' }),
    )
    return [answer.status, words(await answer.text())] as const
  }

  it.each([
    [
      'another site',
      { Origin: 'https://evil.example' },
      'Another address',
      'einer anderen Adresse',
    ],
    ['a page that hides its address', { Origin: 'null' }, 'did not say which', 'nicht gesagt'],
    ['nowhere', {}, 'did not say which', 'nicht gesagt'],
  ] as const)(
    'such as %s is refused with the reason and what to do',
    async (_, headers, english, german) => {
      const { slug } = await tenant()
      const [status, text] = await sent(`/tenants/${slug}/settings`, headers)
      expect([status, text]).toEqual([403, expect.stringContaining(english)])
      expect(text).toMatch(/nothing was done\. .*Open the console/)
      expect(text).not.toContain('evil')
      const path = `/set-up/${slug}/choose`
      const [, ofCustomer] = await sent(path, headers)
      expect(ofCustomer).toContain(english)
      const [, inGerman] = await sent(path, { ...headers, 'Accept-Language': 'de' })
      expect(inGerman).toContain(german)
    },
  )
})
