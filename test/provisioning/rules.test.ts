import { describe, expect, it } from 'vitest'
import { codeOf } from '../support/error-code'
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
    'Gal·la',
    'ジョン・スミス',
    'علی‌رضا',
    'ක්‍ෂණික',
    'O‘zbek',
    'Jean‐Luc',
    'བསྟན་འཛིན་',
    'ג׳ורג׳',
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
  ])(
    '%j is refused in every name of a person, with the attribute and what is wrong',
    async (name) => {
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
    },
  )

  it.each([
    ['<script>', '<'],
    ['a>b', '>'],
    ['a\tb', 'U+0009'],
    ['a\nb', 'U+000A'],
    ['a\u200bb', 'U+200B'],
    ['a\u200db', 'U+200D'],
    ['a\u202eb', 'U+202E'],
    ['\u3164', 'U+3164'],
  ])('%j is refused for a team, with what is wrong', async (displayName, shown) => {
    const scim = await tenant()
    const team = await scim.call('POST', '/Groups', { displayName })
    expect([team.status, team.code]).toEqual([400, 'nameCharacters'])
    expect(team.body.detail).toContain(`"displayName" holds characters that are not allowed`)
    expect(team.body.detail).toContain(`in a name: ${shown}`)
    expect((await scim.call('GET', '/Groups')).body.totalResults).toBe(0)
  })

  it.each([
    'Sales/EMEA',
    'team_1',
    'C++',
    '#general',
    'APP: Sales',
    '[EU] Sales',
    'CN=Sales,OU=Groups,DC=example,DC=com',
    'team@example.com',
    '100% Remote',
    '"Core" x;y|z 👩‍💻',
  ])('%s is a name for a team and not for a person', async (name) => {
    const scim = await tenant()
    expect((await scim.call('POST', '/Groups', { displayName: name })).status).toBe(201)
    expect((await scim.call('POST', '/Users', person({ displayName: name }))).status).toBe(400)
  })

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

  it.each(['okta', 'entra'])(
    'are written so for the profile %s, but in a userName, which stays as it was sent',
    async (profile) => {
      const scim = await tenant({ profile, rules: { email: 'lowercase' } })
      const made = await scim.call('POST', '/Users', person({ ...shouting, userName: 'Ann@X.com' }))
      const emails = [{ value: 'ann@example.com' }, { value: 'ann@example.com' }]
      expect(made.body).toMatchObject({ userName: 'Ann@X.com', emails })
      const twin = await scim.call('POST', '/Users', person({ userName: 'ann@x.COM' }))
      expect([twin.status, twin.code]).toEqual([409, 'userNameTaken'])
      const filter = encodeURIComponent('userName eq "ANN@x.com"')
      const found = await scim.call('GET', `/Users?filter=${filter}`)
      expect(found.body.Resources).toMatchObject([{ id: made.body.id, userName: 'Ann@X.com' }])
      const path = `/Users/${made.body.id}`
      const renamed = await scim.call(
        'PATCH',
        path,
        patch({ op: 'replace', path: 'userName', value: 'ANN@X.com' }),
      )
      expect(renamed.body.userName).toBe('ANN@X.com')
      const whole = await scim.call('PUT', path, person({ userName: ' Ben@X.com' }))
      expect(whole.body.userName).toBe('Ben@X.com')
      const strict = await tenant({ profile, rules: { email: 'reject' } })
      const refused = await strict.call('POST', '/Users', person({ userName: 'Ann@X.com' }))
      expect([refused.status, refused.code]).toEqual([400, 'emailCapitals'])
    },
  )

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

  it.each(['Not An Address', 'Ann', 'N/A'])(
    'are not %j, which is told that it is none, and not that it has capitals',
    async (value) => {
      const scim = await tenant()
      const answer = await scim.call('POST', '/Users', person({ emails: [{ value }] }))
      expect([answer.status, answer.code]).toEqual([400, 'notAnAddress'])
      expect(answer.body.detail).toContain(`"emails.value" is no e-mail address: "${value}".`)
      expect(answer.body.detail).not.toContain('capital')
      for (const [email, kept] of [
        ['lowercase', value],
        ['allow', value],
      ]) {
        const other = await tenant({ 'rules.email': email })
        const made = await other.call('POST', '/Users', person({ emails: [{ value }] }))
        expect(made.body.emails).toEqual([{ value: kept }])
      }
    },
  )

  it('may be any text without capitals: the rule is about these alone', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person({ emails: [{ value: 'emailname357' }] }))
    expect(made.body.emails).toEqual([{ value: 'emailname357' }])
  })

  it.each(['{"a":1}', '["ann@x.test"]', ' [1]', '{ann@x.test'])(
    'are no JSON that is not understood, under any rule: %s',
    async (value) => {
      for (const email of ['reject', 'lowercase', 'allow']) {
        const scim = await tenant({ 'rules.email': email })
        const answer = await scim.call('POST', '/Users', person({ emails: [{ value }] }))
        expect([answer.status, answer.code]).toEqual([400, 'wrongType'])
      }
    },
  )

  it('are kept without blanks around them, and refused with characters that nobody sees', async () => {
    const scim = await tenant()
    const blanks = await scim.call(
      'POST',
      '/Users',
      person({ emails: [{ value: ' ann@x.test\t' }] }),
    )
    expect(blanks.body.emails).toEqual([{ value: 'ann@x.test' }])
    const hidden = person({ emails: [{ value: 'ann\u200b@x.test' }] })
    const refused = await scim.call('POST', '/Users', hidden)
    expect([refused.status, refused.code]).toEqual([400, 'invisibleCharacters'])
    expect(refused.body.detail).toContain(
      '"emails.value" holds characters that nobody sees: U+200B.',
    )
  })
})

describe('a userName', () => {
  it('is trimmed before it is compared and kept', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person({ userName: '  ann\u00a0' }))
    expect(made.body.userName).toBe('ann')
    const twin = await scim.call('POST', '/Users', person({ userName: 'ann ' }))
    expect([twin.status, twin.code]).toEqual([409, 'userNameTaken'])
    const filter = encodeURIComponent('userName eq " Ann "')
    const found = await scim.call('GET', `/Users?filter=${filter}`)
    expect([found.body.totalResults, found.body.Resources[0]?.id]).toEqual([1, made.body.id])
    expect(found.headers.get('X-Passed-Over')).toContain('blanksAroundText=1')
    const renamed = await scim.call(
      'PATCH',
      `/Users/${made.body.id}`,
      patch({ op: 'replace', path: 'userName', value: '\tann ' }),
    )
    expect(renamed.body).toMatchObject({ userName: 'ann', meta: { version: 'W/"1"' } })
  })

  it.each([' Ann@Example.com', 'Ann@Example.com ', '\tAnn@Example.com', 'Ann @Example.com'])(
    'does not pass the rule of capitals by a blank: %j',
    async (userName) => {
      const scim = await tenant()
      const refused = await scim.call('POST', '/Users', person({ userName }))
      expect([refused.status, refused.code]).toEqual([400, 'emailCapitals'])
      const lower = await tenant({ 'rules.email': 'lowercase' })
      const made = await lower.call('POST', '/Users', person({ userName }))
      expect(made.body.userName).toBe(userName.trim().toLowerCase())
    },
  )

  it.each(['\u200b', '\u200d', '\u202e', '\u2060', '\u0007', '\u00ad', '\u3164', '\u{e0041}'])(
    'with %j in it is refused under every rule, in POST, PUT, PATCH and Bulk, and makes no twin',
    async (hidden) => {
      const scim = await tenant({ 'rules.name': 'allow', 'rules.email': 'allow' })
      const { id } = (await scim.call('POST', '/Users', person({ userName: 'ann' }))).body
      const userName = `an${hidden}n`
      const Operations = [
        { method: 'POST', path: '/Users', bulkId: 'a', data: person({ userName }) },
      ]
      const bulk = await scim.call('POST', '/Bulk', { Operations })
      const answers = [
        (await scim.call('POST', '/Users', person({ userName }))).body,
        (await scim.call('PUT', `/Users/${id}`, person({ userName }))).body,
        (await scim.call('PATCH', `/Users/${id}`, patch({ op: 'add', value: { userName } }))).body,
        bulk.body.Operations[0].response,
      ]
      for (const answer of answers) expect(codeOf(answer)).toBe('invisibleCharacters')
      expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
    },
  )

  it('may hold the joiners that its script writes with', async () => {
    const scim = await tenant()
    for (const userName of ['علی‌رضا', 'ක්‍ෂණික']) {
      const made = await scim.call('POST', '/Users', person({ userName }))
      expect([made.status, made.body.userName]).toEqual([201, userName])
    }
  })
})
