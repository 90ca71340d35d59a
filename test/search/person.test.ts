/** One person in time, and the sentence for the ticket. */
import { describe, expect, inject, it } from 'vitest'
import { open, signIn, words } from '../support/console'
import { admin, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

const oneLogin = { 'User-Agent': 'OneLogin SCIM' }

async function page(path: string): Promise<string> {
  const answer = await open(path, { cookie: await signIn() })
  expect([path, answer.status]).toEqual([path, 200])
  return answer.text()
}

const inTime = async (scim: ScimClient, query: string) =>
  words(await page(`/tenants/${scim.slug}/person?${query}`))

describe('a person in time', () => {
  it('is told as what was said, done and known', async () => {
    const scim = await tenant()
    const key = await admin.call('POST', `/tenants/${scim.slug}/keys`, { label: 'Product' })
    expect(key.status).toBe(201)
    const made = await scim.call('POST', '/Users', person(), oneLogin)
    await scim.call('POST', '/Groups', { displayName: 'Sales', members: [{ value: made.body.id }] })
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${made.body.id}`, off, oneLogin)
    const wrong = patch({ op: 'replace', path: 'displayName', value: 'a;b' })
    await scim.call('PATCH', `/Users/${made.body.id}`, wrong, oneLogin)
    const text = await inTime(scim, `id=${made.body.id}`)
    expect(text).toContain(`${made.body.userName} is in Test ${scim.slug}: inactive, in 1 team.`)
    expect(text).toContain('OneLogin has tried once since')
    expect(text).toContain('What to do: In OneLogin open Users')
    const places = [
      'Refused',
      'Suspend the person',
      'Put into the team Sales',
      'Create the person',
    ].map((part) => text.indexOf(part, text.indexOf('In time')))
    expect(places).toEqual(places.toSorted((left, right) => left - right))
    expect(places).not.toContain(-1)
    expect(text).toContain('No endpoint and no reader was there to be told')
    const html = await page(`/tenants/${scim.slug}/person?id=${made.body.id}`)
    for (const line of ['event.1', 'event.3', 'event.4', 'refusal.1']) {
      expect(html).toContain(`/admin/tenants/${scim.slug}/activity?line=${line}"`)
    }
  })

  it('says of somebody refused why, and of somebody deleted when', async () => {
    const scim = await tenant()
    const body = person({ userName: 'Ann.Gone@Example.com' })
    await scim.call('POST', '/Users', body, oneLogin)
    await scim.call('POST', '/Users', body, oneLogin)
    const refused = await inTime(scim, 'name=ann.gone@example.com')
    expect(refused).toContain(`Ann.Gone@Example.com is not in Test ${scim.slug}.`)
    expect(refused).toMatch(/OneLogin has tried 2 times since .* UTC, and was refused: e-mail has/)
    const made = await scim.call('POST', '/Users', person(), oneLogin)
    await scim.call('DELETE', `/Users/${made.body.id}`, undefined, oneLogin)
    const deleted = await inTime(scim, `id=${made.body.id}`)
    expect(deleted).toMatch(new RegExp(`OneLogin deleted ${made.body.userName} in Test .* on `))
    expect(deleted).toContain('Delete the person')
  })

  it('says that a change is held, and that nobody has told the product', async () => {
    const body = person()
    const scim = await tenant({ guard: { deactivations: 0, protected: [body['userName']] } })
    const made = await scim.call('POST', '/Users', body, oneLogin)
    await scim.call('DELETE', `/Users/${made.body.id}`, undefined, oneLogin)
    const text = await inTime(scim, `id=${made.body.id}`)
    expect(text).toContain(`OneLogin deleted ${made.body.userName} in Test ${scim.slug}.`)
    expect(text).toContain('is stored and held: the product has not been told')
    expect(text).toContain('Stored and held')
  })

  it('says who decided what was held, at the time of the decision', async () => {
    const names = ['ann@example.com', 'bob@example.com']
    const scim = await tenant({ guard: { deactivations: 0, delay: 0, protected: names } })
    const ids: string[] = []
    for (const userName of names) {
      const made = await scim.call('POST', '/Users', person({ userName }), oneLogin)
      ids.push(made.body.id)
      await scim.call('DELETE', `/Users/${made.body.id}`, undefined, oneLogin)
    }
    const [released = '', discarded = ''] = ids
    const { holds } = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body
    for (const { id } of holds) {
      const path = `/tenants/${scim.slug}/holds/${id}`
      await admin.call('POST', `${path}/release`, { people: [released], confirm: [released] })
      await admin.call('POST', `${path}/discard`, { people: [discarded] })
    }
    expect(await inTime(scim, `id=${released}`)).toMatch(
      /Nothing at this time Decided Delete the person: release of hold .*, by operator/,
    )
    expect(await inTime(scim, `id=${discarded}`)).toMatch(
      /Stored and discarded .* Not told It is never told\./,
    )
  })

  it('says since when a paused endpoint waits, in a sentence that is true tomorrow', async () => {
    const scim = await tenant()
    const url = 'https://paused.example.com/hook'
    const hook = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
    await admin.call('POST', `/tenants/${scim.slug}/webhooks/${hook.body.id}/pause`)
    const made = await scim.call('POST', '/Users', person(), oneLogin)
    expect(await inTime(scim, `id=${made.body.id}`)).toMatch(
      /Event 1 is waiting for paused\.example\.com \(paused since \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\./,
    )
  })

  it('says that an endpoint of all tenants has an event, waits for it, or never gets it', async () => {
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    const hook = await admin.call('POST', '/webhooks', { url })
    const path = `/webhooks/${hook.body.id}`
    const host = new URL(url).host
    try {
      const scim = await tenant()
      const made = await scim.call('POST', '/Users', person(), oneLogin)
      const text = () => inTime(scim, `id=${made.body.id}`)
      await expect.poll(text).toContain(`The product knows: event 1 has reached ${host}.`)
      await fetch(url, { method: 'PUT', body: JSON.stringify([{ status: 500 }]) })
      await scim.call('DELETE', `/Users/${made.body.id}`, undefined, oneLogin)
      await expect.poll(text).toContain(`Event 2 is waiting for ${host} (failing since`)
      await admin.call('POST', `${path}/skip`, { tenant: scim.slug, seq: 2 })
      await expect.poll(text).toContain(`Event 2 was left out for ${host}, which never gets it.`)
    } finally {
      await admin.call('DELETE', path)
    }
  })

  it('who was refused and has come under another name is there, with the refusal', async () => {
    const scim = await tenant()
    const externalId = crypto.randomUUID()
    const first = person({ userName: 'Ext.Name@Example.com', externalId })
    await scim.call('POST', '/Users', first, oneLogin)
    const made = await scim.call('POST', '/Users', person({ externalId }), oneLogin)
    const path = `/tenants/${scim.slug}/person?name=Ext.Name%40Example.com`
    const answer = await open(path, { cookie: await signIn() })
    expect(answer.status).toBe(303)
    const there = (answer.headers.get('Location') ?? '').replace(/^\/admin/, '')
    expect(there).toContain(`id=${made.body.id}`)
    const text = words(await page(there))
    expect(text).toContain(`${made.body.userName} is in Test ${scim.slug}: active`)
    expect(text).toContain('Refused e-mail has capital letters')
  })

  it('has nothing of who wanted the same name', async () => {
    const scim = await tenant()
    const [ann, bob] = [person(), person()]
    const { id } = (await scim.call('POST', '/Users', ann)).body
    const other = (await scim.call('POST', '/Users', bob)).body.id
    const wanted = { ...ann, userName: bob['userName'] }
    expect((await scim.call('PUT', `/Users/${id}`, wanted)).status).toBe(409)
    expect(await inTime(scim, `id=${other}`)).not.toContain('Refused')
    expect(await inTime(scim, `id=${id}`)).toContain('has tried once since')
    const html = await page(`/search?q=${String(bob['userName'])}`)
    expect(html).toContain(`/person?id=${id}&amp;name=`)
    expect(words(html)).toContain(`${String(ann['userName'])} Refused`)
  })

  it('has nothing of people whose name begins the same', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com.au' }))
    const text = await inTime(scim, 'name=Ann@Example.com')
    expect(text).not.toContain('Ann@Example.com.au')
  })
})

describe('the search of the console', () => {
  it('says of somebody whom nobody has ever sent what to check', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person(), oneLogin)
    const text = words(await page(`/search?q=nobody@example.com&tenant=${scim.slug}`))
    expect(text).toContain('OneLogin has never sent anybody with this address (nobody@example.com)')
    expect(text).toContain('Check the assignment in the identity provider.')
    const all = words(await page('/search?q=nobody-at-all@example.com'))
    expect(all).toContain('No identity provider has ever sent anybody with this address')
  })

  it('leads from a name to the person', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const html = await page(`/search?q=${encodeURIComponent(made.body.userName)}`)
    expect(html).toContain(`/admin/tenants/${scim.slug}/person?id=${made.body.id}`)
    expect(words(html)).toContain('Ann Tester Active')
  })
})
