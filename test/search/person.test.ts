/** One person in time, and the sentence for the ticket. */
import { describe, expect, it } from 'vitest'
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
