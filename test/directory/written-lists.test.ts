/** Lists of people whose stored texts are in the answer as they are, beside the same lists shown piece by piece. */
import { describe, expect, it } from 'vitest'
import { send, tenant } from '../support/gateway'
import { enterpriseUrn, person, type ScimClient } from '../support/tenant'

const badge = 'urn:example:params:scim:schemas:extension:badge:2.0:User'

/** The text of an answer; with a choice of attributes that leaves nothing out it is made piece by piece. */
async function textOf(scim: ScimClient, path: string, isShown: boolean): Promise<string> {
  const choice = isShown ? `${path.includes('?') ? '&' : '?'}excludedAttributes=nothing` : ''
  const headers = { Authorization: `Bearer ${scim.token}` }
  const answer = await send(new Request(`${scim.baseUrl}${path}${choice}`, { headers }))
  expect(answer.status).toBe(200)
  return answer.text()
}

/** More than comes with the row of a list. */
const long = Array.from({ length: 6 }, (_, index) => ({
  type: 'other',
  formatted: `${index}`.padEnd(4_000, 'x'),
}))

const people = [
  {},
  { displayName: 'Ärne O’Brien', title: 'a "b" \\ c/d <b> \u{1F600} \u2028' },
  { title: 'urn:example:title', locale: 'urn:x' },
  { title: 'the password', userType: 'password' },
  { [enterpriseUrn]: { department: 'R&D', manager: { value: '18' } } },
  { [badge]: { color: 'red', sizes: [1, 2] } },
  { addresses: long },
  { active: false },
]

async function filled(settings?: unknown): Promise<ScimClient> {
  const scim = await tenant(settings)
  const members: { value: string }[] = []
  for (const more of people) {
    const { status, body } = await scim.call('POST', '/Users', person(more))
    expect(status, JSON.stringify(body)).toBe(201)
    if (members.length < 4) members.push({ value: body.id })
  }
  for (const displayName of ['One "team"', 'Another']) {
    expect((await scim.call('POST', '/Groups', { displayName, members })).status).toBe(201)
  }
  return scim
}

describe('a list', () => {
  it.each([
    ['/Users', {}],
    ['/Users?count=5', {}],
    ['/Users?startIndex=3&count=4', {}],
    ['/Users?sortBy=displayName&sortOrder=descending&count=7', {}],
    ['/Users?cursor&count=1000', {}],
    ['/Users?filter=userName pr', {}],
    ['/Users?filter=userName pr&count=3', {}],
    ['/Users?count=50', { profile: 'okta' }],
    ['/Users?count=50', { profile: 'entra' }],
  ])(
    '%s is the same whether or not it is shown piece by piece, with %j',
    async (path, settings) => {
      const scim = await filled(settings)
      const whole = await textOf(scim, path, false)
      expect(whole).toBe(await textOf(scim, path, true))
      const ids: string[] = JSON.parse(whole).Resources.map(({ id }: { id: string }) => id)
      expect(ids.length).toBeGreaterThan(2)
      for (const id of ids) {
        expect(whole).toContain(await textOf(scim, `/Users/${id}`, true))
        expect(await textOf(scim, `/Users/${id}`, false)).toBe(
          await textOf(scim, `/Users/${id}`, true),
        )
      }
    },
  )

  it('by a name or an identifier holds whom the whole list holds', async () => {
    const scim = await filled()
    const { body } = await scim.call('POST', '/Users', person({ externalId: 'e-1' }))
    const own = await textOf(scim, `/Users/${body.id}`, false)
    for (const filter of [
      `userName eq "${body.userName}"`,
      `id eq "${body.id}"`,
      'externalId eq "e-1"',
    ]) {
      for (const rest of ['', '&count=10', '&count=10&startIndex=1', '&count=1000']) {
        const path = `/Users?filter=${encodeURIComponent(filter)}${rest}`
        const list = JSON.parse(await textOf(scim, path, false))
        expect([filter, list.totalResults, list.itemsPerPage]).toEqual([filter, 1, 1])
        expect(JSON.stringify(list.Resources[0])).toBe(own)
      }
      const behind = `/Users?filter=${encodeURIComponent(filter)}&startIndex=2`
      expect(JSON.parse(await textOf(scim, behind, false))).toMatchObject({
        totalResults: 1,
        itemsPerPage: 0,
        Resources: [],
      })
    }
    const nobody = JSON.parse(await textOf(scim, '/Users?filter=userName eq "nobody"', false))
    expect(nobody).toMatchObject({ totalResults: 0, itemsPerPage: 0, Resources: [] })
  })

  it('of a tenant without people is empty', async () => {
    const scim = await tenant()
    for (const path of ['/Users', '/Users?count=10', '/Users?sortBy=title&count=10', '/Groups']) {
      expect(JSON.parse(await textOf(scim, path, false))).toMatchObject({
        totalResults: 0,
        itemsPerPage: 0,
        Resources: [],
      })
    }
  })
})
