/** Names by which the directory has nobody any more, or has nobody yet: renamed, deleted and refused people. */
import { createScheduledController } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import worker from '../../src/index'
import { open, signIn, words } from '../support/console'
import { admin, bindings, tenant } from '../support/gateway'
import { patch, person } from '../support/tenant'

async function find(q: string, slug = '') {
  const within = slug === '' ? '' : `&tenant=${slug}`
  const answer = await admin.call('GET', `/search?q=${encodeURIComponent(q)}${within}`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  return answer.body
}

async function page(path: string): Promise<string> {
  const answer = await open(path, { cookie: await signIn() })
  expect([path, answer.status]).toEqual([path, 200])
  return words(await answer.text())
}

const word = () => `w${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`

const rename = (userName: string, ...emails: string[]) =>
  patch({
    op: 'replace',
    value: { userName, emails: emails.map((value) => ({ value })) },
  })

describe('the search', () => {
  it('finds a person by given and whole name, where no display name was sent', async () => {
    const scim = await tenant()
    const [given, family] = [word(), word()]
    const name = { givenName: `Özge${given}`, familyName: family }
    const { displayName: _, ...body } = person({ name })
    const made = await scim.call('POST', '/Users', body)
    for (const q of [`özge${given}`, `ÖZGE${given} ${family}`, `${family} özge${given}`]) {
      expect((await find(q)).people).toMatchObject([{ id: made.body.id }])
    }
    expect((await find(`${family}, Özge${given}`)).people).toMatchObject([{ id: made.body.id }])
  })

  it('finds a name with an apostrophe, straight or curved, by either', async () => {
    const scim = await tenant()
    const end = word()
    const ids = []
    for (const familyName of [`O’${end}`, `O'${end}`]) {
      const made = await scim.call('POST', '/Users', person({ displayName: familyName }))
      ids.push(made.body.id)
    }
    for (const q of [`o'${end}`, `O’${end.slice(0, 8)}`]) {
      const { people } = await find(q)
      expect(people.map(({ id }: any) => id).toSorted()).toEqual(ids.toSorted())
    }
  })

  it('finds a name with a sharp s, however it is written, and changes no filter of SCIM', async () => {
    const scim = await tenant()
    const end = word()
    const ids: string[] = []
    for (const name of [`Größe${end}`, `GRÖSSE${end}`]) {
      const body = person({ userName: `${name.toLowerCase()}@example.com`, displayName: name })
      const made = await scim.call('POST', '/Users', body)
      expect(made.status, JSON.stringify(made.body)).toBe(201)
      ids.push(made.body.id)
    }
    const idsOf = (list: any[]) => list.map(({ id }) => id).toSorted()
    for (const q of [`größe${end}`, `GRÖSSE${end}`, `Grösse${end.slice(0, 8)}`]) {
      expect(idsOf((await find(q)).people)).toEqual(ids.toSorted())
      expect(idsOf((await find(q, scim.slug)).people)).toEqual(ids.toSorted())
      const shown = await page(`/tenants/${scim.slug}/users?search=${encodeURIComponent(q)}`)
      expect(shown).toContain(`Größe${end}`)
      expect(shown).toContain(`GRÖSSE${end}`)
    }
    const filter = encodeURIComponent(`displayName eq "größe${end}"`)
    expect(idsOf((await scim.call('GET', `/Users?filter=${filter}`)).body.Resources)).toEqual([
      ids[0],
    ])
    const made = await scim.call('POST', '/Groups', {
      displayName: 'T',
      members: ids.map((value) => ({ value })),
    })
    const team = `/tenants/${scim.slug}/teams/${made.body.id}`
    const members = await page(`${team}?search=${encodeURIComponent(`GRÖSSE${end}`)}`)
    expect(members).toContain(`Größe${end}`)
    expect(members).toContain(`GRÖSSE${end}`)
  })

  it('finds both ways of writing a sharp s by a beginning that ends in its first half', async () => {
    const scim = await tenant()
    const begin = word()
    const names = [`${begin}weiß`, `${begin}Weiss`]
    const members: { value: string }[] = []
    for (const displayName of names) {
      const { body } = await scim.call('POST', '/Users', person({ displayName }))
      members.push({ value: body.id })
    }
    const made = await scim.call('POST', '/Groups', { displayName: 'T', members })
    for (const q of [`${begin}weis`, `${begin}WEIS`.toUpperCase()]) {
      const { people } = await find(q)
      expect([q, people.map(({ name }: any) => name).toSorted()]).toEqual([q, names.toSorted()])
      const team = await page(`/tenants/${scim.slug}/teams/${made.body.id}?search=${q}`)
      for (const name of names) expect(team).toContain(name)
    }
  })

  it('finds a given name in a tenant behind which thousands came in others', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    const given = word()
    const { displayName: _, ...body } = person({ name: { givenName: given, familyName: 'Z' } })
    const made = await scim.call('POST', '/Users', body)
    const numbers = JSON.stringify(Array.from({ length: 5_001 }, (_, index) => index))
    await bindings.DB.prepare(
      `insert into users (tenant_id, id, attributes, search, version, operation, created_at, updated_at)
       select tenants.id, 'later-' || number.value, json_object('userName', 'later-' || number.value),
         json_object('userName', 'later-' || number.value), 1, '', 1, 1
       from tenants, json_each(?) as number where slug = ?`,
    )
      .bind(numbers, other.slug)
      .run()
    expect((await find(given)).people).toEqual([])
    expect((await find(given, scim.slug)).people).toMatchObject([{ id: made.body.id }])
    await bindings.DB.prepare("delete from users where id like 'later-%'").run()
  })

  it('finds a person by each name and address that they had, once, and never by those of others', async () => {
    const scim = await tenant()
    const [one, two, three, old] = [word(), word(), word(), word()]
    const body = person({ userName: `${one}@example.com`, emails: [{ value: `${old}@e.com` }] })
    const { id } = (await scim.call('POST', '/Users', body)).body
    for (const name of [two, three]) {
      const change = rename(`${name}@example.com`, `${name}@e.com`)
      expect((await scim.call('PATCH', `/Users/${id}`, change)).status).toBe(200)
    }
    for (const q of [one, two.toUpperCase(), `${old}@e.com`, `${two}@e.com`]) {
      const found = await find(q)
      expect([q, found.people, found.former]).toMatchObject([
        q,
        [],
        [{ slug: scim.slug, id, userName: `${three}@example.com` }],
      ])
    }
    expect(await find(three)).toMatchObject({ people: [{ id }], former: [] })
    const shown = await page(`/search?q=${two}@example.com`)
    expect(shown).toContain(`${three}@example.com Renamed was ${two}@example.com`)
    expect(shown).not.toContain('has ever sent')
    const inTime = await page(`/tenants/${scim.slug}/person?id=${id}`)
    expect(inTime).toContain(`userName from ${one}@example.com to ${two}@example.com`)
  })

  it('finds who was deleted by names that SQLite cannot fold, by every address and by id', async () => {
    const scim = await tenant()
    const [name, second] = [word(), word()]
    const body = person({
      userName: `ÄNNE-${name}`,
      displayName: `ÖZLEM ${name}`,
      emails: [{ value: 'first@example.com' }, { value: `${second}@example.com` }],
    })
    const { id } = (await scim.call('POST', '/Users', body)).body
    await scim.call('DELETE', `/Users/${id}`)
    for (const q of [`änne-${name}`, `Özlem ${name}`, `${second}@example.com`, id]) {
      const { departed } = await find(q)
      expect([q, departed]).toMatchObject([q, [{ slug: scim.slug, userId: id }]])
    }
  })

  it('finds a request that no event tells of, by its id and by whom it passed over', async () => {
    const scim = await tenant()
    const ghost = word()
    const { id } = (await scim.call('POST', '/Users', person())).body
    const members = [{ value: id }]
    const team = await scim.call('POST', '/Groups', { displayName: 'Sales', members })
    const add = patch({ op: 'add', path: 'members', value: [...members, { value: ghost }] })
    const added = await scim.call('PATCH', `/Groups/${team.body.id}`, add)
    expect(added.status).toBeLessThan(300)
    for (const q of [ghost, added.headers.get('X-Request-Id') ?? '']) {
      const passed = async () => (await find(q)).passedOver
      await expect.poll(passed).toMatchObject([{ slug: scim.slug, method: 'PATCH' }])
    }
    expect(await page(`/search?q=${ghost}&tenant=${scim.slug}`)).toContain('Passed over')
  })

  it('finds who was refused by every address, and says so of who has come since', async () => {
    const scim = await tenant()
    const [name, second] = [word(), word()]
    const emails = [{ value: 'first@example.com' }, { value: `${second}@example.com` }]
    const body = person({ userName: `${name}@EXAMPLE.com`, emails })
    await scim.call('POST', '/Users', body)
    expect((await find(`${second}@`)).refused).toMatchObject([{ slug: scim.slug, isOver: false }])
    await scim.call('POST', '/Users', person({ userName: `${name}@example.com`, emails: [] }))
    expect(await page(`/search?q=${second}@example.com`)).toContain('Refused before')
  })

  it('of a person and a team with letters beyond ASCII, ends the problem when they are deleted', async () => {
    const scim = await tenant()
    const body = person({ userName: 'ÄNNE', displayName: 'a;b' })
    await scim.call('POST', '/Users', body)
    await scim.call('POST', '/Groups', { displayName: 'ÄRZTE', members: [{ value: 'nobody' }] })
    const open = async () =>
      (await admin.call('GET', `/tenants/${scim.slug}/problems`)).body.problems
    expect(await open()).toHaveLength(2)
    const user = await scim.call('POST', '/Users', { ...body, displayName: 'Änne' })
    const team = await scim.call('POST', '/Groups', { displayName: 'Ärzte' })
    await scim.call('DELETE', `/Users/${user.body.id}`)
    await scim.call('DELETE', `/Groups/${team.body.id}`)
    expect(await open()).toEqual([])
  })

  it('tells of a deletion in each of many tenants that have changed at once', async () => {
    const scim = await tenant()
    const name = word()
    const made = await scim.call('POST', '/Users', person({ userName: `${name}@example.com` }))
    await scim.call('DELETE', `/Users/${made.body.id}`)
    // Tenants that come first, each with an event that nobody has looked at.
    const numbers = JSON.stringify(Array.from({ length: 120 }, (_, index) => -1 - index))
    await bindings.DB.batch([
      bindings.DB.prepare(
        `insert into tenants (id, slug, name, settings, created_at, log_id, directory_bytes, log_bytes)
         select number.value, 'crowd' || number.value, 'Crowd', '{}', 1, 'x', 0, 0
         from json_each(?) as number`,
      ).bind(numbers),
      bindings.DB.prepare(
        `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
         select number.value, 1, 'user.created', 'x', 1, '{}', '{}', '{}' from json_each(?) as number`,
      ).bind(numbers),
    ])
    expect(await find(name)).toMatchObject({ departed: [{ slug: scim.slug }], isWhole: true })
    await bindings.DB.batch(
      ['tenants where id', 'events where tenant_id', 'departure_marks where tenant_id'].map(
        (rows) => bindings.DB.prepare(`delete from ${rows} < 0`),
      ),
    )
  })
})

describe('the page of the search', () => {
  it('says that a text is too long, and answers with no sentence where there are teams or tenants', async () => {
    const scim = await tenant()
    expect(await page(`/search?q=${'x'.repeat(300)}`)).toContain('at most 200 are looked for')
    expect(await page(`/search?q=${scim.slug}`)).not.toContain('For the ticket')
  })

  it('says that there is no such tenant, and looks for nobody elsewhere', async () => {
    const scim = await tenant()
    const { userName } = (await scim.call('POST', '/Users', person())).body
    for (const slug of ['nobody-has-this', '../x', 'x'.repeat(80)]) {
      const text = await page(`/search?q=${userName}&tenant=${encodeURIComponent(slug)}`)
      expect(text).toContain(`There is no tenant with the slug “${slug}”.`)
      expect(text).not.toContain('has ever sent')
      expect(text).not.toContain('Active')
    }
    const typed = `/search?q=${userName}&tenant=${scim.slug.toUpperCase()}`
    expect(await page(typed)).toContain('Active')
    expect((await admin.call('GET', '/search?q=a&tenant=nobody-has-this')).status).toBe(404)
  })

  it('does not say that nobody was sent while calls come with a token that was revoked', async () => {
    const scim = await tenant()
    const token = (await admin.call('GET', `/tenants/${scim.slug}/tokens`)).body.tokens[0]
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${token.id}`)
    expect((await scim.call('POST', '/Users', person())).status).toBe(401)
    await expect
      .poll(() => page(`/search?q=nobody@example.com&tenant=${scim.slug}`))
      .toContain('one call came without a valid token')
    const text = await page(`/search?q=nobody@example.com&tenant=${scim.slug}`)
    expect(text).not.toContain('has never sent')
    expect(text).toContain('Give the identity provider a new token.')
  })
})

describe('the sentence about nobody', () => {
  it('does not ask for a new token while the tenant is switched off', async () => {
    const scim = await tenant()
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    const text = await page(`/search?q=nobody@example.com&tenant=${scim.slug}`)
    expect(text).toContain('is switched off, and every call is refused: switch it on.')
    expect(text).not.toContain('has never sent')
    expect(text).not.toContain('new token')
  })
})

describe('a person who was deleted', () => {
  it('is told apart from who has the name by now', async () => {
    const scim = await tenant()
    const body = person()
    const old = await scim.call('POST', '/Users', body)
    await scim.call('DELETE', `/Users/${old.body.id}`)
    await scim.call('POST', '/Users', body)
    expect(await page(`/tenants/${scim.slug}/person?id=${old.body.id}`)).toMatch(
      /deleted .* A person with this user name is there since .*: active, under another id\./,
    )
  })
})

describe('names of that kind', () => {
  /** A tenant with a former name, one of a deleted person and one of a refused person. */
  async function named() {
    const scim = await tenant({ retention: { events: 20, activity: 10 } })
    const emails = [{ value: 'a@example.com' }, { value: 'b@example.com' }]
    const { id } = (await scim.call('POST', '/Users', person({ userName: 'ann@old.com' }))).body
    await scim.call('PATCH', `/Users/${id}`, rename('ann@new.com'))
    const gone = await scim.call('POST', '/Users', person({ userName: 'bob@old.com', emails }))
    await scim.call('DELETE', `/Users/${gone.body.id}`)
    await scim.call('POST', '/Users', person({ userName: 'Carl@Old.com', emails }))
    await find('anything')
    const sql = `select kind from other_names join tenants on tenants.id = tenant_id
      where slug = ? order by kind`
    const kinds = async () => {
      const { results } = await bindings.DB.prepare(sql).bind(scim.slug).all()
      return [...new Set(results.map(({ kind }) => kind))]
    }
    expect(await kinds()).toEqual(['deleted', 'former', 'refused'])
    return { ...scim, kinds }
  }

  it('go with the events and refusals that told of them', async () => {
    const { kinds } = await named()
    const night = async (days: number) => {
      const scheduledTime = new Date(Date.now() + days * 86_400_000)
      const clock = vi.spyOn(Date, 'now').mockReturnValue(scheduledTime.getTime())
      await worker.scheduled(createScheduledController({ scheduledTime }), bindings)
      clock.mockRestore()
    }
    await night(9)
    expect(await kinds()).toEqual(['deleted', 'former', 'refused'])
    await night(11)
    expect(await kinds()).toEqual(['deleted', 'former'])
    await night(21)
    expect(await kinds()).toEqual([])
  })

  it('go with their tenant', async () => {
    const { slug } = await named()
    const id = await bindings.DB.prepare('select id from tenants where slug = ?')
      .bind(slug)
      .first<number>('id')
    await admin.call('DELETE', `/tenants/${slug}`)
    const sql = 'select count(*) as rows from other_names where tenant_id = ?'
    expect(await bindings.DB.prepare(sql).bind(id).first('rows')).toBe(0)
  })
})
