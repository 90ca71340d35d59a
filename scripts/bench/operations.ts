/** Operations that are measured: how each is sent, and what the floor does in its place. */
import type { ScimClient } from '../../test/support/tenant.ts'
import type { Call } from './load.ts'
import { newPerson, people, request } from './requests.ts'

export interface Operation {
  readonly name: string
  readonly call: (count: number) => Call
  /** Path at which the floor makes the same platform calls. */
  readonly floor: '/read' | '/list' | '/write' | '/change' | '/object'
  /** Statements in the gateway's batch, of operations that write. */
  readonly statements?: number
}

/** Numbers go on from run to run, so that a change is a change. */
export function numbered(call: Operation['call']): () => Call {
  let count = 0
  return () => call((count += 1))
}

/** Fills a tenant with 200 people and one team a client; the operations use them in turn. */
export async function prepareOperations(scim: ScimClient, clients: number): Promise<Operation[]> {
  const users = await people(scim, 200)
  const [first = ''] = users
  const { body } = await scim.call('GET', `/Users/${first}`)
  const filter = encodeURIComponent(`userName eq "${body.userName}"`)
  const teams: string[] = []
  for (let index = 0; index < clients; index += 1) {
    const team = await scim.call('POST', '/Groups', { displayName: `Team ${index}` })
    teams.push(team.body.id)
  }
  return [
    {
      name: 'GET user',
      call: () => request(scim, 'GET', `/Users/${first}`, 200),
      floor: '/read',
    },
    {
      name: 'userName eq',
      call: () => request(scim, 'GET', `/Users?filter=${filter}`, 200),
      floor: '/read',
    },
    {
      name: 'list of 100',
      call: () => request(scim, 'GET', '/Users?count=100', 200),
      floor: '/list',
    },
    {
      name: 'POST user',
      call: () => request(scim, 'POST', '/Users', 201, newPerson()),
      floor: '/write',
      statements: 3,
    },
    {
      name: 'PUT user',
      call: (count) =>
        request(scim, 'PUT', `/Users/${users[count % 200]}`, 200, {
          ...newPerson(),
          title: `Title ${count}`,
        }),
      floor: '/change',
      statements: 2,
    },
    {
      name: 'PATCH user',
      call: (count) =>
        request(scim, 'PATCH', `/Users/${users[count % 200]}`, 200, {
          Operations: [{ op: 'replace', path: 'title', value: `Title ${count}` }],
        }),
      floor: '/change',
      statements: 2,
    },
    {
      name: 'PATCH one member',
      call: (count) =>
        request(scim, 'PATCH', `/Groups/${teams[count % teams.length]}`, 204, {
          Operations: [
            {
              op: Math.floor(count / teams.length / 200) % 2 === 0 ? 'Add' : 'Remove',
              path: 'members',
              value: [{ value: users[Math.floor(count / teams.length) % 200] }],
            },
          ],
        }),
      floor: '/object',
      statements: 3,
    },
  ]
}
