/** One search over all tenants: people whatever became of them, teams, tenants, requests. */
import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import worker from '../../src/index'
import { searchAll } from '../../src/search/search'
import { countDatabase, newCounts } from '../support/counting'
import { admin, bindings, tenant } from '../support/gateway'
import { patch, person } from '../support/tenant'

async function find(q: string, slug = '') {
  const answer = await admin.call(
    'GET',
    `/search?q=${encodeURIComponent(q)}${slug === '' ? '' : `&tenant=${slug}`}`,
  )
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

/** A word that no other test has. */
const word = () => `w${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`

describe('the search', () => {
  it('finds a person by each name, address and identifier, in whatever tenant', async () => {
    const [one, other] = [await tenant(), await tenant()]
    const [user, mail, second, first, last, external] = [1, 2, 3, 4, 5, 6].map(word)
    const body = {
      userName: `${user}@example.com`,
      externalId: external,
      displayName: `${first} Display`,
      name: { givenName: 'Given', familyName: last },
      emails: [{ value: `${mail}@example.com` }, { value: `${second}@example.com` }],
    }
    const made = await one.call('POST', '/Users', person(body))
    await other.call('POST', '/Users', person())
    for (const q of [
      user,
      user?.toUpperCase(),
      `${user}@example.com`,
      mail,
      `${second}@Example.com`,
      first,
      last,
      external,
      made.body.id,
    ]) {
      const { people } = await find(q ?? '')
      expect([q, people.map(({ id, slug }: any) => [id, slug])]).toEqual([
        q,
        [[made.body.id, one.slug]],
      ])
      expect((await find(q ?? '', other.slug)).people).toEqual([])
    }
    expect((await find(user?.slice(1) ?? '')).people).toEqual([])
  })

  it('shows given and family name of a person without a display name, or the one that is there', async () => {
    const scim = await tenant()
    const [both, family] = [word(), word()]
    const named = (name: object) => ({ ...person({ name }), displayName: undefined })
    await scim.call('POST', '/Users', named({ givenName: 'Ada', familyName: both }))
    const ann = await scim.call('POST', '/Users', named({ familyName: family }))
    const nameOf = async (q: string) => (await find(q)).people.map(({ name }: any) => name)
    expect([await nameOf(both), await nameOf(family)]).toEqual([[`Ada ${both}`], [family]])
    await scim.call('DELETE', `/Users/${ann.body.id}`)
    expect((await find(family)).departed).toMatchObject([{ userId: ann.body.id }])
  })

  it('finds who was refused until they come', async () => {
    const scim = await tenant()
    const [name, external] = [word(), word()]
    const body = person({ userName: `${name}@EXAMPLE.com`, externalId: external })
    await scim.call('POST', '/Users', body)
    for (const q of [name, external]) {
      const { refused, people } = await find(q)
      expect(people).toEqual([])
      expect(refused).toMatchObject([{ slug: scim.slug, code: 'emailCapitals', isOver: false }])
    }
    await scim.call('POST', '/Users', person({ userName: `${name}@example.com`, emails: [] }))
    expect(await find(name)).toMatchObject({ refused: [{ isOver: true }], people: [{}] })
  })

  it('finds who was deleted, before and after the job has gathered them', async () => {
    const scim = await tenant()
    const [name, mail] = [word(), word()]
    const body = person({
      userName: `${name}@example.com`,
      emails: [{ value: `${mail}@example.com` }],
    })
    const made = await scim.call('POST', '/Users', body)
    await scim.call('DELETE', `/Users/${made.body.id}`)
    const found = [{ slug: scim.slug, userId: made.body.id, userName: `${name}@example.com` }]
    for (const q of [name, mail]) expect((await find(q)).departed).toMatchObject(found)
    await worker.scheduled(
      createScheduledController({ cron: '*/5 * * * *', scheduledTime: new Date() }),
      bindings,
    )
    const rows = await bindings.DB.prepare('select * from departures where user_id = ?')
      .bind(made.body.id)
      .all()
    expect(rows.results).toHaveLength(1)
    for (const q of [name, mail]) {
      const { departed } = await find(q)
      expect(departed).toMatchObject(found)
      expect(departed).toHaveLength(1)
    }
  })

  it('finds whose deletion is held', async () => {
    const name = word()
    const scim = await tenant({ guard: { deactivations: 0, protected: [`${name}@example.com`] } })
    const made = await scim.call('POST', '/Users', person({ userName: `${name}@example.com` }))
    await scim.call('DELETE', `/Users/${made.body.id}`)
    expect(await find(name)).toMatchObject({
      held: [{ slug: scim.slug, id: made.body.id }],
      people: [],
      departed: [],
    })
  })

  it('finds teams, tenants and requests', async () => {
    const scim = await tenant()
    const name = word()
    const team = await scim.call('POST', '/Groups', { displayName: `${name} Sales` })
    expect((await find(name)).teams).toMatchObject([{ id: team.body.id, slug: scim.slug }])
    expect((await find(scim.slug.toUpperCase())).tenants).toMatchObject([{ slug: scim.slug }])
    const request = team.headers.get('X-Request-Id') ?? ''
    expect((await find(request)).requests).toMatchObject([{ type: 'team.created' }])
    const wrong = patch({ op: 'replace', path: 'displayName', value: '' })
    const refused = await scim.call('PATCH', `/Groups/${team.body.id}`, wrong)
    expect(refused.status).toBe(400)
    expect((await find(refused.headers.get('X-Request-Id') ?? '')).refusedRequests).toMatchObject([
      { slug: scim.slug, key: `team:id:${team.body.id}` },
    ])
  })

  it('finds requests that were refused and whose bodies are not kept, and that were passed over', async () => {
    const scim = await tenant()
    await admin.call('PATCH', `/tenants/${scim.slug}`, { 'retention.exchanges': 0 })
    const ann = await scim.call('POST', '/Users', person())
    const refused = await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    const nothing = patch({ op: 'replace', value: { id: 'other' } })
    const passed = await scim.call('PATCH', `/Users/${ann.body.id}`, nothing)
    const idOf = ({ headers }: { headers: Headers }) => headers.get('X-Request-Id') ?? ''
    expect((await find(idOf(refused))).refusedRequests).toMatchObject([{ seq: 1 }])
    expect((await find(idOf(passed))).passedOver).toMatchObject([{ slug: scim.slug, seq: 1 }])
  })

  it('refuses a search for nothing, and takes any text', async () => {
    expect((await admin.call('GET', '/search?q=')).status).toBe(400)
    expect((await admin.call('GET', `/search?q=${'x'.repeat(201)}`)).status).toBe(400)
    for (const q of ['%', '_', "'", '"', '\\', '🙂', '\u{10ffff}', 'a;b--']) await find(q)
  })

  it('reads no more rows in a tenant of 20,000 people than in one of 500, but for family names', async () => {
    const scim = await tenant()
    const costs: number[] = []
    for (const size of [500, 20_000]) {
      await bindings.DB.prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
         select tenants.id, 'found-' || ?1 || '-' || number.value,
           json_object('userName', 'found' || ?1 || '-' || number.value), json_object('userName', 'found' || ?1 || '-' || number.value), 1, '', 1, 1
         from tenants, json_each(?2) as number where tenants.slug = ?3`,
      )
        .bind(size, JSON.stringify(Array.from({ length: size }, (_, index) => index)), scim.slug)
        .run()
      const counts = newCounts()
      const home = { ...bindings, DB: countDatabase(bindings.DB, counts) }
      const found = await searchAll(home, 'nobody at all', '')
      expect(found.ok).toBe(true)
      costs.push(counts.rowsRead)
    }
    await bindings.DB.prepare("delete from users where id like 'found-%'").run()
    const [small = 0, large = 0] = costs
    // Family names: at most 5,000 people, read once and found once more.
    expect(large - small).toBeLessThan(11_000)
  })
})
