import { describe, expect, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { patch, person } from '../support/tenant'

describe('names', () => {
  it.each([
    "O'Brien",
    'O’Brien',
    'Jean-Luc',
    'José María',
    '李小龙',
    'Ph.D., (retired) & Sons',
    'Åsa Öst',
    'Nguyễn Thị',
    'محمد علي',
    'Ann 2',
    'हिन्दी नाम',
    'e\u0301',
  ])('%s is a name for a person and for a team', async (name) => {
    const scim = await tenant()
    const user = await scim.call(
      'POST',
      '/Users',
      person({
        displayName: name,
        nickName: name,
        name: { familyName: name, givenName: name, formatted: name },
      }),
    )
    expect(user.status, JSON.stringify(user.body)).toBe(201)
    expect((await scim.call('POST', '/Groups', { displayName: name })).status).toBe(201)
  })

  it.each([
    '<script>',
    'a@b',
    'x;y',
    '🙂',
    'Ann 🙂',
    '1️⃣',
    'a\tb',
    'a\nb',
    '"Ann"',
    'a|b',
    'a=b',
    'a\\b',
    '$name',
    'a\u200bb',
    'a\u202eb',
  ])('%j is refused in every name, with the attribute and what is wrong', async (name) => {
    const scim = await tenant()
    const bodies = [
      { displayName: name },
      { nickName: name },
      { name: { familyName: name } },
      { name: { givenName: name } },
      { name: { formatted: name } },
      { name: { middleName: name } },
      { name: { honorificPrefix: name } },
      { name: { honorificSuffix: name } },
    ]
    for (const body of bodies) {
      const answer = await scim.call('POST', '/Users', person(body))
      expect([answer.status, answer.code, answer.body.scimType]).toEqual([
        400,
        'nameCharacters',
        'invalidValue',
      ])
    }
    const team = await scim.call('POST', '/Groups', { displayName: name })
    expect([team.status, team.code]).toEqual([400, 'nameCharacters'])
    expect(team.body.detail).toContain('"displayName"')
  })

  it.each(['Sales/EMEA', 'team_1', 'C++', '#general'])(
    '%s is a name for a team and not for a person',
    async (name) => {
      const scim = await tenant()
      expect((await scim.call('POST', '/Groups', { displayName: name })).status).toBe(201)
      expect((await scim.call('POST', '/Users', person({ displayName: name }))).status).toBe(400)
    },
  )

  it('may hold anything where the tenant allows it', async () => {
    const scim = await tenant({ rules: { name: 'allow' } })
    expect(
      (await scim.call('POST', '/Users', person({ displayName: '<script>🙂' }))).body.displayName,
    ).toBe('<script>🙂')
    expect((await scim.call('POST', '/Groups', { displayName: 'a@b;c' })).status).toBe(201)
  })

  it('are checked when they change, not when something else does', async () => {
    const scim = await tenant({ rules: { name: 'allow' } })
    const { id } = (await scim.call('POST', '/Users', person({ displayName: 'a;b' }))).body
    const team = (await scim.call('POST', '/Groups', { displayName: 'c;d' })).body.id
    await admin.call('PATCH', `/tenants/${scim.slug}`, { rules: { name: 'reject' } })
    expect(
      (
        await scim.call(
          'PATCH',
          `/Users/${id}`,
          patch({ op: 'replace', path: 'title', value: 'Boss' }),
        )
      ).status,
    ).toBe(200)
    expect(
      (
        await scim.call(
          'PATCH',
          `/Users/${id}`,
          patch({ op: 'replace', path: 'active', value: false }),
        )
      ).status,
    ).toBe(200)
    expect(
      (
        await scim.call(
          'PATCH',
          `/Groups/${team}`,
          patch({ op: 'add', path: 'members', value: [{ value: id }] }),
        )
      ).status,
    ).toBe(200)
    expect(
      (
        await scim.call(
          'PATCH',
          `/Users/${id}`,
          patch({ op: 'replace', path: 'displayName', value: 'e;f' }),
        )
      ).status,
    ).toBe(400)
  })
})

describe('e-mail addresses', () => {
  const shouting = {
    emails: [{ value: 'ann@example.com' }, { value: 'Ann@Example.com', type: 'home' }],
  }

  it('with capital letters are refused, with the address to use instead', async () => {
    const scim = await tenant()
    const answer = await scim.call('POST', '/Users', person(shouting))
    expect([answer.status, answer.code]).toEqual([400, 'emailCapitals'])
    expect(answer.body.detail).toContain('"emails.value"')
    expect(answer.body.detail).toContain('(ann@example.com)')
    const name = await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    expect([name.status, name.code]).toEqual([400, 'emailCapitals'])
    const { id } = (await scim.call('POST', '/Users', person())).body
    const changed = await scim.call(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'Add', path: 'emails[type eq "home"].value', value: 'X@y.com' }),
    )
    expect([changed.status, changed.code]).toEqual([400, 'emailCapitals'])
  })

  it('are written in lower case where the tenant says so', async () => {
    const scim = await tenant({ rules: { email: 'lowercase' } })
    const made = await scim.call(
      'POST',
      '/Users',
      person({ ...shouting, userName: 'Ann@Example.com' }),
    )
    expect(made.body).toMatchObject({
      userName: 'ann@example.com',
      emails: [{ value: 'ann@example.com' }, { value: 'ann@example.com' }],
    })
  })

  it('stay as sent where the tenant allows it', async () => {
    const scim = await tenant({ 'rules.email': 'allow' })
    const made = await scim.call(
      'POST',
      '/Users',
      person({ ...shouting, userName: 'Ann@Example.com' }),
    )
    expect(made.body).toMatchObject({ userName: 'Ann@Example.com', emails: shouting.emails })
  })

  it('are what a userName is judged as only when it is one', async () => {
    const scim = await tenant()
    expect((await scim.call('POST', '/Users', person({ userName: 'Ann.Tester' }))).status).toBe(201)
  })
})
