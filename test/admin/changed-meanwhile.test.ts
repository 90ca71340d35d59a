/** Forms that replace what is stored, and calls of the API, when it was changed meanwhile: nothing unseen is overwritten. */
import { describe, expect, it } from 'vitest'
import { inDatabase } from '../../src/database/placement'
import { findTenant } from '../../src/tenants/store'
import { removeTenant } from '../../src/tokens/commands'
import { open, shownAt, shownBy, signIn, words, type Input } from '../support/console'
import { admin, bindings, homeDatabase, origin, send, tenant } from '../support/gateway'
import { person, type ScimClient } from '../support/tenant'

const said = 'Changed meanwhile: nothing was saved'

const storedOf = async ({ slug }: ScimClient) => (await admin.call('GET', `/tenants/${slug}`)).body

/** The fields of a form of a page, as a browser sends them when nothing is touched. */
function fieldsOf(html: string, action: string): Record<string, string> {
  const form = html.split('<form ').find((part) => part.includes(`action="${action}"`)) ?? ''
  const [body = ''] = form.split('</form>')
  const plain = (text: string) => words(text).trim()
  const inputs = Array.from(body.matchAll(/<input [^>]*>/g), ([input]) => input)
    .filter((input) => !/type="(radio|checkbox)"/.test(input) || / checked/.test(input))
    .map((input) =>
      [/ name="([^"]*)"/, / value="([^"]*)"/].map((pattern) => pattern.exec(input)?.[1]),
    )
  const areas = body.matchAll(/<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)</g)
  return Object.fromEntries([
    ...inputs.map(([name = '', value = '']) => [name, plain(value)]),
    ...Array.from(areas, ([, name, value = '']) => [name, plain(value)]),
  ])
}

describe('the settings of a tenant, when they were changed while their page stood open', () => {
  const opened = async (more: object = {}) => {
    const scim = await tenant(more)
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/settings`
    const page = await (await open(path, { cookie })).text()
    const fields = fieldsOf(page, `/admin${path}`)
    expect(Object.keys(fields).length).toBeGreaterThan(15)
    const save = (form: Input['form'] = {}) => open(path, { cookie, form: { ...fields, ...form } })
    return { scim, cookie, path, fields, save }
  }
  const change = ({ slug }: ScimClient, settings: object) =>
    admin.call('PATCH', `/tenants/${slug}`, settings)

  it('are not overwritten: what was changed is told, what was typed is kept, and both are saved at the second time', async () => {
    const { scim, path, save } = await opened()
    await change(scim, { name: 'Renamed', 'rules.name': 'allow' })
    const before = await storedOf(scim)
    const stale = await save({ 'guard.people': '77' })
    expect(stale.status).toBe(409)
    const html = await stale.text()
    const text = words(html)
    expect(text).toContain(said)
    expect(text).toContain('Name of the tenant is now “Renamed”. Names')
    expect(text).toContain('Names with special characters is now “Allow”.')
    expect(text).not.toContain('Yours is in the form')
    expect(text).toContain('Save over it')
    expect(html).toContain(`href="/admin/tenants/${scim.slug}/audit"`)
    expect(await storedOf(scim)).toEqual(before)
    const again = fieldsOf(html, `/admin${path}`)
    expect(again).toMatchObject({ name: 'Renamed', 'rules.name': 'allow', 'guard.people': '77' })
    expect((await save(again)).status).toBe(303)
    expect(await storedOf(scim)).toEqual({ ...before, guard: { ...before.guard, people: 77 } })
  })

  it('say where somebody has typed something else, which is saved over it on purpose', async () => {
    const { scim, path, save } = await opened({ 'guard.protected': ['a@example.com'] })
    await change(scim, { name: 'Theirs', 'guard.protected': ['a@example.com', 'b@example.com'] })
    const typed = { name: 'Mine', 'guard.protected': 'a@example.com\r\nc@example.com' }
    const html = await (await save(typed)).text()
    expect(words(html)).toContain('Name of the tenant is now “Theirs”. Yours is in the form.')
    expect(words(html)).toContain('Protected people was changed. Yours is in the form.')
    const again = fieldsOf(html, `/admin${path}`)
    expect(again).toMatchObject({ name: 'Mine' })
    expect((await save({ ...again, 'guard.protected': typed['guard.protected'] })).status).toBe(303)
    const { name, guard } = await storedOf(scim)
    expect([name, guard.protected]).toEqual(['Mine', ['a@example.com', 'c@example.com']])
  })

  it('are saved where all have come to the same, or nothing of them was changed', async () => {
    const { scim, save } = await opened({ 'guard.protected': ['a@example.com', 'b@example.com'] })
    await change(scim, { name: 'Same' })
    await scim.call('POST', '/Users', person())
    await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url: 'https://example.com/x' })
    await change(scim, { enabled: false })
    const lines = 'a@example.com\r\nb@example.com'
    expect(
      (await save({ name: 'Same', 'guard.protected': lines, 'guard.delay': '3' })).status,
    ).toBe(303)
    expect(await storedOf(scim)).toMatchObject({
      name: 'Same',
      enabled: false,
      guard: { delay: 3 },
    })
  })

  it.each(['', 'nonsense', 'name:00 rules.name:'])(
    'are not overwritten by a form that says of what it showed %j',
    async (shown) => {
      const { scim, save } = await opened()
      expect((await save({ shown })).status).toBe(303)
      const before = await storedOf(scim)
      const stale = await save({ shown, name: 'Mine' })
      expect(stale.status).toBe(409)
      const html = await stale.text()
      expect(words(html)).toContain('Yours is in the form')
      expect(await storedOf(scim)).toEqual(before)
      expect((await save({ shown: shownBy(html), name: 'Mine' })).status).toBe(303)
      expect((await storedOf(scim)).name).toBe('Mine')
    },
  )

  it('stay in the form when something in it is wrong, and are compared with what was shown at first', async () => {
    const { scim, path, save } = await opened()
    const wrong = await save({ name: 'Mine', 'guard.delay': 'soon', profile: 'okta' })
    expect(wrong.status).toBe(422)
    const again = fieldsOf(await wrong.text(), `/admin${path}`)
    expect(again).toMatchObject({ name: 'Mine', 'guard.delay': 'soon', profile: 'okta' })
    await change(scim, { 'guard.people': 9 })
    expect((await save({ ...again, 'guard.delay': '5' })).status).toBe(409)
    expect(await storedOf(scim)).toMatchObject({ profile: 'auto', guard: { people: 9, delay: 10 } })
  })

  it.each([0.12345, 0.0005, 0.07, 1 / 3])(
    'keep a share of %d, to its last digit, when something else is saved',
    async (share) => {
      const { scim, save } = await opened({ 'guard.deactivations': share })
      expect((await save({ name: 'Other' })).status).toBe(303)
      const { name, guard } = await storedOf(scim)
      expect([name, guard.deactivations]).toEqual(['Other', expect.closeTo(share, 15)])
      if (share < 1 / 3) expect(guard.deactivations).toBe(share)
    },
  )

  it.each(['', ' ', '0x10', '1e1', '-1', '101', '12,5', 'many'])(
    'take no share that reads %j for a number',
    async (share) => {
      const { scim, save } = await opened()
      const before = await storedOf(scim)
      expect((await save({ 'guard.deactivations': share })).status).toBe(422)
      expect(await storedOf(scim)).toEqual(before)
    },
  )

  it('are saved by one of two who send at the same time, and the other is told', async () => {
    const { scim, save } = await opened()
    const values = Array.from({ length: 6 }, (_, index) => `Name ${index}`)
    const answers = await Promise.all(values.map((name) => save({ name })))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([303, 409, 409, 409, 409, 409])
    expect((await storedOf(scim)).name).toBe(values[statuses.indexOf(303)])
  })

  it('are not switched by a button of the overview whose page stood open', async () => {
    const scim = await tenant()
    for (let count = 0; count < 3; count += 1) {
      const userName = `Ann${count}.${scim.slug}@Example.com`
      await scim.call('POST', '/Users', person({ userName }))
    }
    const cookie = await signIn()
    const html = await (await open(`/tenants/${scim.slug}`, { cookie })).text()
    const path = `/tenants/${scim.slug}/settings`
    const form = fieldsOf(html, `/admin${path}`)
    expect(form).toMatchObject({ 'rules.email': 'lowercase' })
    await change(scim, { 'rules.email': 'allow' })
    const stale = await open(path, { cookie, form })
    expect([stale.status, words(await stale.text())]).toEqual([409, expect.stringContaining(said)])
    expect((await storedOf(scim)).rules.email).toBe('allow')
    await change(scim, { 'rules.email': 'reject', name: 'Other' })
    expect((await open(path, { cookie, form })).status).toBe(303)
    expect(await storedOf(scim)).toMatchObject({ name: 'Other', rules: { email: 'lowercase' } })
  })

  it('are not replaced by a proposal of the problems whose page stood open', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: `Ann.${scim.slug}@Example.com` }))
    const cookie = await signIn()
    const asked = `/tenants/${scim.slug}/problems?name=reject&email=lowercase`
    const path = `/tenants/${scim.slug}/settings`
    const form = fieldsOf(await (await open(asked, { cookie })).text(), `/admin${path}`)
    expect(form).toMatchObject({ 'rules.name': 'reject', 'rules.email': 'lowercase' })
    await change(scim, { 'rules.name': 'allow' })
    expect((await open(path, { cookie, form })).status).toBe(409)
    expect((await storedOf(scim)).rules).toMatchObject({ name: 'allow', email: 'reject' })
  })
})

describe('the schemas of a tenant', () => {
  const schema = (id: string) => ({
    resourceType: 'User',
    id: `urn:example:${id}`,
    name: id,
    attributes: [{ name: 'floor' }],
  })

  it('that were declared while their form stood open are not lost, and the text that was typed is kept', async () => {
    const scim = await tenant()
    const cookie = await signIn()
    const settings = `/tenants/${scim.slug}/settings`
    const shown = await shownAt(settings, cookie)
    const declare = (form: Record<string, string>) =>
      open(`/tenants/${scim.slug}/schemas`, { cookie, form })
    await admin.call('PATCH', `/tenants/${scim.slug}`, { extensions: [schema('theirs')] })
    const schemas = JSON.stringify([schema('mine')])
    const stale = await declare({ schemas, shown })
    expect(stale.status).toBe(409)
    const html = await stale.text()
    expect(words(html)).toContain('Schemas, as JSON was changed. Yours is in the form.')
    expect(words(html)).toContain(schemas)
    expect(words(html)).toContain('theirs for users')
    expect((await storedOf(scim)).extensions).toMatchObject([{ schema: { name: 'theirs' } }])
    expect((await declare({ schemas, shown: shownBy(html) })).status).toBe(303)
    expect((await storedOf(scim)).extensions).toMatchObject([{ schema: { name: 'mine' } }])
  })

  it('that were observed are all declared, by whoever at the same time', async () => {
    const scim = await tenant()
    const ids = ['one', 'two', 'three'].map((id) => `urn:example:${id}`)
    const seen = Object.fromEntries(ids.map((id) => [id, { floor: 1 }]))
    expect((await scim.call('POST', '/Users', person(seen))).status).toBe(201)
    const cookie = await signIn()
    const path = `/tenants/${scim.slug}/schemas/observed`
    const answers = await Promise.all(
      ids.map((id) => open(path, { cookie, form: { resourceType: 'User', id } })),
    )
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303])
    const { extensions } = await storedOf(scim)
    expect(extensions.map(({ schema: { id } }: any) => id).toSorted()).toEqual(ids.toSorted())
  })
})

describe.each([
  ['of a tenant', (slug: string) => `/tenants/${slug}/webhooks`],
  ['of all tenants', () => '/webhooks'],
])('a webhook %s, when it was changed while its page stood open', (_, listOf) => {
  const opened = async (more: object = {}) => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const list = listOf(slug)
    const url = `https://example.com/${slug}?key=secret-of-the-first`
    const { id } = (await admin.call('POST', list, { url, ...more })).body
    const path = `${list}/${id}`
    const html = await (await open(path, { cookie })).text()
    const fields = fieldsOf(html, `/admin${path}`)
    expect(fields).toMatchObject({ url: `https://example.com/${slug}?…`, shown: /./ })
    const submit = (form: Record<string, string>, events: readonly string[] = []) => {
      const body = new URLSearchParams(form)
      for (const event of events) body.append('events', event)
      const headers = { Cookie: cookie, Origin: origin }
      return send(
        new Request(`${origin}/admin${path}`, {
          method: 'POST',
          headers,
          body,
          redirect: 'manual',
        }),
      )
    }
    const stored = async () => {
      const { url: address, events } = (await admin.call('GET', path)).body
      return { url: address, events }
    }
    return { slug, path, url, shown: fields['shown'] ?? '', fields, submit, stored, html }
  }
  const end = (path: string) => admin.call('DELETE', path)

  it('keeps what others have set: it is told, what was typed stays in the form, and is saved at the second time', async () => {
    const { slug, path, fields, submit, stored } = await opened()
    await admin.call('PATCH', path, { events: ['user.created'] })
    const mine = `https://example.com/${slug}/mine`
    const stale = await submit({ ...fields, url: mine })
    expect(stale.status).toBe(409)
    const html = await stale.text()
    expect(words(html)).toContain(said)
    expect(words(html)).toContain('Events is now “user.created”.')
    expect(words(html)).not.toContain('Yours is in the form')
    expect((await stored()).events).toEqual(['user.created'])
    const again = fieldsOf(html, `/admin${path}`)
    expect(again).toMatchObject({ url: mine, events: 'user.created' })
    const saved = await submit({ url: mine, shown: shownBy(html) }, ['user.created'])
    expect(saved.status).toBe(303)
    expect(await stored()).toEqual({ url: mine, events: ['user.created'] })
    await end(path)
  })

  it('keeps an address of which only what is not shown was changed', async () => {
    const { slug, path, fields, submit, stored, html } = await opened()
    expect(html).not.toContain('secret-of-the-first')
    const secret = `https://example.com/${slug}?key=secret-of-the-second`
    await admin.call('PATCH', path, { url: secret })
    const stale = await submit({ ...fields, url: 'https://example.com/mine' })
    expect(stale.status).toBe(409)
    const text = words(await stale.text())
    expect(text).toContain(`Address is now “https://example.com/${slug}?…”. Yours is in the form.`)
    expect(text).not.toContain('secret-of-the-second')
    // Untouched, it stands for the address that is stored by now.
    expect((await submit(fields, ['user.deleted'])).status).toBe(303)
    expect((await stored()).url).toBe(`https://example.com/${slug}?…`)
    await admin.call('PATCH', path, { url: 'https://example.com/theirs' })
    const moved = await submit(fields, ['user.deleted'])
    expect(moved.status).toBe(409)
    const again = fieldsOf(await moved.text(), `/admin${path}`)
    expect(again['url']).toBe('https://example.com/theirs')
    await end(path)
  })

  it('is saved though it was paused, its secret rotated, or all have come to the same', async () => {
    const { path, fields, submit, stored } = await opened()
    await admin.call('POST', `${path}/pause`)
    await admin.call('POST', `${path}/rotate`)
    await admin.call('PATCH', path, { events: ['user.created'] })
    expect(
      (await submit({ ...fields, url: 'https://example.com/y' }, ['user.created'])).status,
    ).toBe(303)
    expect(await stored()).toEqual({ url: 'https://example.com/y', events: ['user.created'] })
    await end(path)
  })

  it('is saved by one of those who send at the same time, and the others are told', async () => {
    const { path, fields, submit, stored } = await opened()
    const urls = Array.from({ length: 4 }, (_, index) => `https://example.com/${index}`)
    const answers = await Promise.all(urls.map((url) => submit({ ...fields, url })))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([303, 409, 409, 409])
    expect((await stored()).url).toBe(urls[statuses.indexOf(303)])
    await end(path)
  })

  it('is not overwritten by a form that does not say what it showed', async () => {
    const { path, fields, submit, stored } = await opened()
    const before = await stored()
    for (const shown of ['', 'nonsense']) {
      expect((await submit({ ...fields, shown, url: 'https://example.com/y' })).status).toBe(409)
    }
    expect(await stored()).toEqual(before)
    await end(path)
  })

  it('changes by the API what the caller has read, and else nothing', async () => {
    const { path } = await opened()
    await changesByTag(path, [{ url: 'https://example.com/a' }, { events: ['user.created'] }])
    await end(path)
  })

  it('is deleted by the API as the caller has read it, and else stays', async () => {
    const { path } = await opened()
    await deletedByTag(path, { events: ['user.created'] })
  })

  it('loses nothing of two calls that change its parts at the same time', async () => {
    const { path, stored } = await opened()
    const parts = [{ url: 'https://example.com/both' }, { events: ['user.created'] }]
    const both = await Promise.all(parts.map((part) => admin.call('PATCH', path, part)))
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect(await stored()).toEqual({ url: 'https://example.com/both', events: ['user.created'] })
    await end(path)
  })
})

describe('a webhook that there is not', () => {
  it('is not found by reading or changing it, and nothing is stored for it', async () => {
    const { slug } = await tenant()
    const cookie = await signIn()
    const path = `/tenants/${slug}/webhooks/${crypto.randomUUID()}`
    const url = 'https://example.com/x'
    const answers = [
      await admin.call('GET', path),
      await admin.call('PATCH', path, { url }),
      await admin.call('PATCH', path, { url }, { 'If-Match': '*' }),
      await open(path, { cookie }),
      await open(path, { cookie, form: { url, shown: 'url:x events:x' } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
    const keys = await homeDatabase
      .prepare(
        `select count(*) as count from sealing_keys join tenants on tenants.id = tenant_id
         where slug = ? and purpose = 'webhooks'`,
      )
      .bind(slug)
      .first()
    expect(keys).toEqual({ count: 0 })
  })
})

/** Changes with `If-Match`: by the present tag, by an old one, and by other spellings of them. */
async function changesByTag(path: string, [first, second]: readonly [object, object]) {
  const call = (method: string, body?: unknown, tag?: string) =>
    admin.call(method, path, body, tag === undefined ? {} : { 'If-Match': tag })
  const read = await call('GET')
  const tag = read.headers.get('ETag') ?? ''
  expect(tag).toMatch(/^"\w{16}"$/)
  const changed = await call('PATCH', first, tag)
  expect([changed.status, changed.body]).toEqual([200, expect.objectContaining(first)])
  const next = changed.headers.get('ETag') ?? ''
  expect(next).toMatch(/^"\w{16}"$/)
  expect(next).not.toBe(tag)
  for (const wrong of [tag, '"x"', `"x", ${tag}`, ',', 'junk', '*,"x"', '""']) {
    const refused = await call('PATCH', second, wrong)
    expect([wrong, refused.status, refused.body.title]).toEqual([wrong, 412, 'Changed meanwhile'])
    expect(refused.body.detail).toContain('Read it again')
  }
  const after = await call('GET')
  expect([after.headers.get('ETag'), after.body]).toEqual([
    next,
    expect.objectContaining(pick(changed.body, { ...first, ...second })),
  ])
  // Nothing changes, and the tag stays.
  expect((await call('PATCH', first, next)).headers.get('ETag')).toBe(next)
  for (const right of ['*', `W/${next}`, `"x", ${next}`]) {
    expect((await call('PATCH', second, right)).status).toBe(200)
    await call('PATCH', { ...first, ...pick(changed.body, second) })
  }
  expect((await call('PATCH', second)).status).toBe(200)
  const unless = (none: string) => admin.call('PATCH', path, first, { 'If-None-Match': none })
  const excluded = await unless('*')
  expect([excluded.status, excluded.body.detail]).toEqual([
    412,
    expect.stringContaining('If-None-Match excludes'),
  ])
  expect((await unless('"x"')).status).toBe(200)
}

/** Deletions with `If-Match`: by an old tag, while somebody changes it, and by the present tag. */
async function deletedByTag(path: string, change: object) {
  const tagOf = async () => (await admin.call('GET', path)).headers.get('ETag') ?? ''
  const end = (tag: string) => admin.call('DELETE', path, undefined, { 'If-Match': tag })
  const tag = await tagOf()
  expect((await admin.call('PATCH', path, change)).status).toBe(200)
  for (const wrong of [tag, '"x"']) {
    const refused = await end(wrong)
    expect([wrong, refused.status, refused.body.title]).toEqual([wrong, 412, 'Changed meanwhile'])
  }
  expect((await admin.call('GET', path)).body).toMatchObject(change)
  expect((await end(await tagOf())).status).toBe(204)
  expect((await admin.call('GET', path)).status).toBe(404)
  expect((await end('*')).status).toBe(404)
}

function pick(body: any, like: object): object {
  return Object.fromEntries(Object.keys(like).map((key) => [key, body[key]]))
}

describe('a tenant', () => {
  it('changes by the API what the caller has read, and else nothing', async () => {
    const { slug } = await tenant()
    await changesByTag(`/tenants/${slug}`, [{ name: 'First' }, { profile: 'okta' }])
  })

  it('is deleted by the API as the caller has read it, and else stays, with all it has', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await deletedByTag(`/tenants/${scim.slug}`, { name: 'Renamed' })
  })

  it('is not deleted when it is changed right after the look at it', async () => {
    const { slug } = await tenant()
    const home = inDatabase(bindings, bindings.NEW_TENANTS)
    const found = await findTenant(homeDatabase, slug)
    if (!home || !found.ok) throw new Error('No tenant')
    const names: string[] = []
    const author = { actor: 'test', role: 'owner', requestId: 'test' } as const
    const removed = await removeTenant(home, found.value, author, async ({ name }) => {
      names.push(name)
      await admin.call('PATCH', `/tenants/${slug}`, { name: 'Other' })
      return name !== 'Other'
    })
    expect(removed).toEqual({ ok: false, error: { kind: 'stale' } })
    expect(names).toEqual([found.value.name, 'Other'])
    expect((await admin.call('GET', `/tenants/${slug}`)).status).toBe(200)
  })

  it('has another tag than one before it with the same address, and the same one whatever is counted', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}`
    const tagOf = async () => (await admin.call('GET', path)).headers.get('ETag')
    const { name } = await storedOf(scim)
    const tag = await tagOf()
    await scim.call('POST', '/Users', person())
    await admin.call('POST', `${path}/webhooks`, { url: 'https://example.com/x' })
    expect(await tagOf()).toBe(tag)
    await admin.call('DELETE', path)
    await admin.call('POST', '/tenants', { slug: scim.slug, name })
    expect(await tagOf()).not.toBe(tag)
  })
})
