/** Requests that the measurements send. */
import type { ScimClient } from '../../test/support/tenant.ts'
import type { Call } from './load.ts'

export function request(
  scim: ScimClient,
  method: string,
  path: string,
  status: number,
  body?: unknown,
): Call {
  return {
    url: `${scim.baseUrl}${path}`,
    status,
    init: {
      method,
      headers: {
        Authorization: `Bearer ${scim.token}`,
        'Content-Type': 'application/scim+json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
  }
}

export function newPerson() {
  const userName = `${crypto.randomUUID()}@example.com`
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    name: { givenName: 'Ann', familyName: 'Tester' },
    displayName: 'Ann Tester',
    emails: [{ value: userName, type: 'work', primary: true }],
    active: true,
  }
}

/** Creates people; answers their ids. */
export async function people(scim: ScimClient, count: number): Promise<string[]> {
  const operations = Array.from({ length: count }, (_, index) => ({
    method: 'POST',
    path: '/Users',
    bulkId: String(index),
    data: newPerson(),
  }))
  const made = await scim.call('POST', '/Bulk', { Operations: operations })
  return made.body.Operations.map(({ location }: { location: string }) =>
    location.split('/').at(-1),
  )
}
