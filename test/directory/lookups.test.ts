/** Look-ups as clients write them: what is found, what is told of it, and what is refused. */
import { describe, expect, it } from 'vitest'
import { admin, tenant } from '../support/gateway'
import { groupUrn, person, type Answer, type ScimClient } from '../support/tenant'

async function directory(): Promise<ScimClient> {
  const scim = await tenant()
  const people = [
    { userName: 'ann+test@example.com', emails: [{ value: 'ann+test@example.com', type: 'work' }] },
    { userName: "o'brien@example.com", emails: [{ value: 'o@example.com', primary: true }] },
    { userName: '12345' },
    { userName: String.raw`corp\bob` },
    { userName: String.raw`corp\jdoe` },
  ]
  for (const one of people) {
    const made = await scim.call('POST', '/Users', { ...person(), emails: undefined, ...one })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
  }
  for (const displayName of ['Sales Team', 'PRIMARY/system']) {
    const made = await scim.call('POST', '/Groups', { schemas: [groupUrn], displayName })
    expect(made.status, JSON.stringify(made.body)).toBe(201)
  }
  return scim
}

function names({ status, body, code }: Answer): unknown {
  return status === 200
    ? body.Resources.map((one: any) => one.userName ?? one.displayName)
    : [status, code]
}

async function told(scim: ScimClient): Promise<string[]> {
  const { body } = await admin.call('GET', `/tenants/${scim.slug}/activity?outcome=passedOver`)
  return body.activity.flatMap(({ passedOver }: any) => passedOver.map(({ name }: any) => name))
}

/** The query, who is found, and the tolerance that the answer and the log name. */
const lookups: readonly (readonly [string, string, readonly string[], string | undefined])[] = [
  [
    '/Users',
    'filter=userName%20eq%20%22ann+test@example.com%22',
    ['ann+test@example.com'],
    undefined,
  ],
  [
    '/Users',
    'filter=userName+eq+%22ann%2Btest@example.com%22',
    ['ann+test@example.com'],
    undefined,
  ],
  [
    '/Users',
    'filter=userName+eq+"ann+test@example.com"',
    ['ann+test@example.com'],
    'plusReadAsBlank',
  ],
  [
    '/Users',
    'filter=emails[type+eq+"work"+and+value+eq+"ann+test@example.com"]',
    ['ann+test@example.com'],
    'plusReadAsBlank',
  ],
  ['/Users', 'filter=userName+eq+"nobody+here@example.com"', [], undefined],
  ['/Groups', 'filter=displayName+Eq+Sales+Team', ['Sales Team'], 'bareWordInFilter'],
  ['/Groups', 'filter=displayName%20Eq%20PRIMARY/system', ['PRIMARY/system'], 'bareWordInFilter'],
  ['/Users', "filter=userName+Eq+o'brien@example.com", ["o'brien@example.com"], 'bareWordInFilter'],
  ['/Users', 'filter=userName+Eq+12345', ['12345'], 'bareWordInFilter'],
  [
    '/Users',
    String.raw`filter=userName+eq+"CORP%5Cjdoe"`,
    [String.raw`corp\jdoe`],
    'loneBackslash',
  ],
  ['/Users', String.raw`filter=userName+eq+"CORP%5Cbob"`, [String.raw`corp\bob`], 'loneBackslash'],
  ['/Users', String.raw`filter=userName+eq+"CORP%5C%5Cbob"`, [String.raw`corp\bob`], undefined],
  ['/Users', 'Filter=userName+eq+"12345"', ['12345'], 'parameterInOtherCase'],
  ['/Users', '$filter=userName+eq+"12345"', ['12345'], 'dollarFilter'],
  ['/Users', 'filter=userName+eq+"12345"&COUNT=0', [], 'parameterInOtherCase'],
  ['/Users', 'filter=emails.work.value+co+"@"', ['ann+test@example.com'], 'typeInPath'],
  ['/Users', 'filter=emails[primary+eq+false]', ['ann+test@example.com'], undefined],
  [
    '/Users',
    'filter=schemas[value+sw+"urn"]+and+userName+eq+"12345"',
    ['12345'],
    'valueOfPlainList',
  ],
]

describe('a look-up', () => {
  it('finds whom the client meant, and the answer and the log name what that took', async () => {
    const scim = await directory()
    const expected = new Set<string>()
    for (const [path, query, found, tolerance] of lookups) {
      const answer = await scim.call('GET', `${path}?${query}`)
      expect([query, names(answer), answer.headers.get('X-Passed-Over')]).toEqual([
        query,
        found,
        tolerance === undefined ? null : `${tolerance}=1`,
      ])
      if (tolerance !== undefined) expected.add(tolerance)
    }
    // Each once, however often it came within the hour.
    expect((await told(scim)).toSorted()).toEqual([...expected].toSorted())
  })

  it('that needed anything of that is refused in the profile rfc, or ignored where the RFC says so', async () => {
    const scim = await directory()
    await admin.call('PATCH', `/tenants/${scim.slug}`, { profile: 'rfc' })
    const everybody = names(await scim.call('GET', '/Users'))
    expect(everybody).toHaveLength(5)
    for (const [path, query, found, tolerance] of lookups) {
      const answer = names(await scim.call('GET', `${path}?${query}`))
      if (tolerance === undefined) expect([query, answer]).toEqual([query, found])
      else if (tolerance === 'plusReadAsBlank' || query.includes('%5Cbob')) {
        expect([query, answer]).toEqual([query, []])
      } else if (query.includes('COUNT')) expect(answer).toEqual(['12345'])
      else
        expect([query, answer]).toEqual([query, [400, expect.stringMatching(/Tolerated|Filter/)]])
    }
    expect(await told(scim)).toEqual([])
  })

  it.each([
    'filters=userName+eq+"12345"',
    'filter[userName]=12345',
    'fliter=userName+eq+"12345"',
    'count=1;filter=userName+eq+"12345"',
    'attributes=userName?filter=userName+eq+"12345"',
    '?filter=userName+eq+"12345"',
    'filter=userName+eq+"12345"&$filter=userName+eq+"1"',
    'filter=userName+eq+ann+or+(userName+pr',
    'filter=userName+eq+"12345',
  ])(
    'by %s is refused with what to send instead, at every address, and finds nobody',
    async (query) => {
      const scim = await directory()
      for (const path of ['/Users', '/Groups', '']) {
        const { status, body } = await scim.call('GET', `${path}?${query}`)
        expect([path, status, body.scimType, body.Resources]).toEqual([
          path,
          400,
          'invalidFilter',
          undefined,
        ])
        expect(body.detail).toMatch(/userName/)
      }
    },
  )

  it('by .search takes and refuses the same names', async () => {
    const scim = await directory()
    const filter = 'userName eq "12345"'
    for (const [body, found] of [
      [{ Filter: filter }, ['12345']],
      [{ $filter: filter, COUNT: 0 }, []],
      [{ filter: 'userName Eq 12345' }, ['12345']],
      [{ filters: filter }, [400, 'unknownFilter']],
      [{ filter, $filter: 'userName pr' }, [400, 'invalidFilter']],
    ] as const) {
      const answer = await scim.call('POST', '/Users/.search', body)
      expect([body, names(answer)]).toEqual([body, found])
    }
  })

  it('walks by cursor through those whose address lost its plus', async () => {
    const scim = await tenant()
    const emails = [{ value: 'team+all@example.com' }]
    const made: string[] = []
    for (let index = 0; index < 3; index += 1) {
      made.push((await scim.call('POST', '/Users', person({ emails }))).body.userName)
    }
    const filter = 'filter=emails.value+eq+"team+all@example.com"&count=1'
    const seen: unknown[] = []
    let cursor: string | undefined = ''
    while (cursor !== undefined) {
      const { body }: Answer = await scim.call('GET', `/Users?${filter}&cursor=${cursor}`)
      expect(body.totalResults).toBe(3)
      seen.push(...body.Resources.map(({ userName }: any) => userName))
      cursor = body.nextCursor
    }
    expect(seen).toEqual(made)
  })
})

describe('attributes', () => {
  it('in several parameters are one list, and may hold a filter', async () => {
    const scim = await directory()
    const query = 'filter=userName+eq+"ann%2Btest@example.com"'
    const list = await scim.call('GET', `/Users?${query}&attributes=userName&attributes=active`)
    expect(Object.keys(list.body.Resources[0]).sort()).toEqual([
      'active',
      'id',
      'schemas',
      'userName',
    ])
    const { id } = list.body.Resources[0]
    const one = await scim.call('GET', `/Users/${id}?Attributes=emails[type+eq+"work"]`)
    expect(one.body).toMatchObject({ emails: [{ value: 'ann+test@example.com' }] })
    expect(one.body).not.toHaveProperty('userName')
    expect(one.headers.get('X-Passed-Over')).toBe('parameterInOtherCase=1, filterInAttributes=1')
    const left = await scim.call('GET', `/Users/${id}?excludedAttributes=emails[type+eq+"work"]`)
    expect(left.body).toMatchObject({ emails: [{ value: 'ann+test@example.com' }] })
    expect(left.headers.get('X-Passed-Over')).toBe('filterInAttributes=1')
    const put = await scim.call('PATCH', `/Users/${id}?attributes=emails[type+eq+"work"].value`, {
      Operations: [{ op: 'replace', path: 'title', value: 'x' }],
    })
    expect([put.status, put.body.emails]).toEqual([200, [{ value: 'ann+test@example.com' }]])
  })
})
