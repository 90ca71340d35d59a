/** The search looks in every database. */
import { expect, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { person } from '../support/tenant'

it('finds people of every database, also refused and deleted ones', async () => {
  const [one, two] = [await tenant(undefined, 'DB'), await tenant(undefined, 'DB_TWO')]
  const word = `w${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`
  for (const scim of [one, two]) {
    await scim.call('POST', '/Users', person({ userName: `${word}-here@example.com` }))
    await scim.call('POST', '/Users', person({ userName: `${word}-Refused@example.com` }))
    const gone = person({ userName: `${word}-gone@example.com` })
    const made = await scim.call('POST', '/Users', gone)
    expect((await scim.call('DELETE', `/Users/${made.body.id}`)).status).toBe(204)
  }
  const find = async (more = '') => (await admin.call('GET', `/search?q=${word}${more}`)).body
  const slugs = (list: readonly { readonly slug: string }[]) =>
    list.map(({ slug }) => slug).toSorted()
  const both = [one.slug, two.slug].toSorted()
  const all = await find()
  for (const part of ['people', 'refused', 'departed'] as const) {
    expect([part, slugs(all[part])]).toEqual([part, both])
  }
  const inTwo = await find(`&tenant=${two.slug}`)
  for (const part of ['people', 'refused', 'departed'] as const) {
    expect([part, slugs(inTwo[part])]).toEqual([part, [two.slug]])
  }
})
